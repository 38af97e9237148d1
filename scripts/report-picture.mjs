// Makes docs/run.png, the README's picture: a screenshot of a report of `mmar2mdai run`.
//
//   node scripts/report-picture.mjs out/report.html [docs/run.png]
//
// It takes Chromium: Debian's package, or the one that MMAR2MDAI_CHROMIUM names.
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const LIMIT = 300_000;
const PATIENCE = 120_000;

const [report, picture = "docs/run.png"] = process.argv.slice(2);
if (report === undefined) {
  console.error("Usage: node scripts/report-picture.mjs REPORT [PICTURE]");
  process.exit(2);
}
const candidates = [process.env.MMAR2MDAI_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"];
const browser = await chromium.launch({
  executablePath: candidates.find((path) => path && existsSync(path)),
  args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
try {
  const page = await browser.newPage({ viewport: { width: 900, height: 860 } });
  page.setDefaultTimeout(PATIENCE);
  await page.goto(pathToFileURL(resolve(report)).href, { timeout: PATIENCE });
  await page.waitForSelector('#viewer[data-state="ready"]');
  await page.screenshot({ path: picture, timeout: PATIENCE });
} finally {
  await browser.close();
}
const { size } = statSync(picture);
console.log(`Wrote ${picture}, ${size} bytes.`);
if (size > LIMIT) {
  console.error(`It has more than ${LIMIT} bytes.`);
  process.exitCode = 1;
}
