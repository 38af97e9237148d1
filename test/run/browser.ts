import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const CANDIDATES = [
  process.env.MMAR2MDAI_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser of this machine, if it has one. */
export const browserPath = CANDIDATES.find((path) => path !== undefined && existsSync(path));

/** WebGL drawn by the processor, and nothing that looks for the network. */
const ARGS = [
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** A page that was opened from a file with the network off, and what it complained of. */
export interface Opened {
  readonly page: Page;
  /** Errors of the console and of scripts, and requests that left the file. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** How long drawing may take where the processor does it, milliseconds. */
export const PATIENCE = 120_000;

/** Opens a file in the browser. */
export async function openFile(
  path: string,
  { width = 1100, height = 900, dark = false } = {},
): Promise<Opened> {
  if (browserPath === undefined) throw new Error("there is no browser");
  const profile = await mkdtemp(join(tmpdir(), "chromium-"));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath,
    args: ARGS,
    viewport: { width, height },
    offline: true,
    colorScheme: dark ? "dark" : "light",
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(`file://${path}`, { timeout: PATIENCE });
  return {
    page,
    complaints,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
