import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { execa } from "execa";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserPath } from "../run/browser.js";
import { REPOSITORY } from "../support/mmars.js";

/** GitHub Pages serves a repository's site below its name. */
const BASE = "/mmar2mdai/";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
};

let folder: string;
let server: Server;
let browser: Browser;
let origin: string;
let pages: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mmar2mdai-site-"));
  const site = join(REPOSITORY, "site");
  if (!existsSync(join(site, "node_modules/vitepress"))) {
    await execa("npm", ["ci", "--no-audit", "--no-fund"], { cwd: site });
  }
  // As `npm run docs:site` does it, to another place.
  const options = ["--outDir", folder, "--base", BASE];
  await execa("npm", ["run", "build", "--", ...options], { cwd: site });
  const found = await readdir(folder, { recursive: true });
  pages = found.filter((name) => name.endsWith(".html") && name !== "404.html").sort();
  server = createServer(async ({ url = "" }, response) => {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    const name = path.slice(BASE.length) || "index.html";
    const content = path.startsWith(BASE)
      ? await readFile(join(folder, name)).catch(() => undefined)
      : undefined;
    response.writeHead(content === undefined ? 404 : 200, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (browserPath !== undefined) {
    browser = await chromium.launch({
      executablePath: browserPath,
      args: ["--no-sandbox", "--disable-background-networking"],
    });
  }
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
  await rm(folder, { recursive: true, force: true });
});

/** A page, and what it complained of or asked for outside of the site. */
async function open(name: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (said) => {
    if (said.type() === "error") complaints.push(`${name}: ${said.text()}`);
  });
  page.on("pageerror", ({ message }) => complaints.push(`${name}: ${message}`));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) {
      complaints.push(`${name} asks for ${request.url()}`);
    }
  });
  await page.goto(`${origin}${BASE}${name}`, { waitUntil: "networkidle" });
  return { page, complaints };
}

/** A property of each element that a selector finds. */
const inPage = (page: Page, selector: string, property: string): Promise<string[]> =>
  page.evaluate(`Array.from(document.querySelectorAll('${selector}'), (e) => e.${property})`);

// CI has a browser; elsewhere there may be none.
describe.skipIf(browserPath === undefined && process.env.CI !== "true")("the site", () => {
  it("has a page for each of docs/", async () => {
    const docs = (await readdir(join(REPOSITORY, "docs"))).filter((name) => name.endsWith(".md"));
    expect(pages).toEqual(docs.map((name) => name.replace(/\.md$/, ".html")).sort());
  });

  it("has no dead link, no missing picture, and asks nothing of other machines", async () => {
    const anchors = new Map<string, readonly string[]>();
    const links: { from: string; to: string }[] = [];
    const complaints: string[] = [];
    for (const name of pages) {
      const opened = await open(name);
      complaints.push(...opened.complaints);
      const { page } = opened;
      anchors.set(name, await inPage(page, "[id]", "id"));
      const targets = await inPage(page, "a[href]", "href");
      links.push(...targets.map((to) => ({ from: name, to })));
      const widths = await inPage(page, "img", "naturalWidth");
      const images = await inPage(page, "img", "src");
      complaints.push(...images.filter((_, i) => !widths[i]).map((i) => `${name} lacks ${i}`));
      await page.close();
    }
    expect(complaints).toEqual([]);
    const inside = links.filter(({ to }) => to.startsWith(origin));
    expect(inside.length).toBeGreaterThan(500);
    const dead = inside.filter(({ to }) => {
      const { pathname, hash } = new URL(to);
      const known = anchors.get(pathname.slice(BASE.length) || "index.html");
      return !known || (hash !== "" && !known.includes(decodeURIComponent(hash.slice(1))));
    });
    expect(dead).toEqual([]);
  });

  it("has an anchor for each finding, by its code", async () => {
    const { page, complaints } = await open("findings.html#weights-missing");
    const heading = page.locator("h3#weights-missing");
    await expect.poll(() => heading.isVisible()).toBe(true);
    expect(await heading.textContent()).toContain("weights-missing");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("finds a page by its search", async () => {
    const { page, complaints } = await open("index.html");
    await page.locator("#local-search button, .VPNavBarSearch button").first().click();
    await page.locator("#localsearch-input").fill("lung mask");
    const results = page.locator("#localsearch-list a");
    await results.first().waitFor();
    const targets = await inPage(page, "#localsearch-list a", "pathname");
    expect(targets).toContain(`${BASE}classification.html`);
    await page
      .locator(`#localsearch-list a[href*="classification.html#lung-masks"]`)
      .first()
      .click();
    await page.waitForURL(/classification\.html#lung-masks$/);
    await expect.poll(() => page.locator("h3#lung-masks").isVisible()).toBe(true);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("leads links out of docs/ to the repository, and nowhere else", async () => {
    const { page } = await open("catalogue.html");
    const targets = await inPage(page, "main a", "href");
    const out = targets.filter((target) => /^https?:/.test(target) && !target.startsWith(origin));
    // Where package.json names no repository they are no links.
    for (const to of out) expect(to).toMatch(/^https:\/\/.+\/fixtures\/README\.md$/);
    await page.close();
  });
});
