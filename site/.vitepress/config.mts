// Makes a site of docs/ as it lies there: the same files are read on GitHub.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { type DefaultTheme, defineConfig, type MarkdownOptions, type Plugin } from "vitepress";

type MarkdownIt = Parameters<NonNullable<MarkdownOptions["config"]>>[0];

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The repository's page, if package.json names one; links that leave docs/ lead there. */
const repository: string | undefined = JSON.parse(read("package.json"))
  .repository?.url?.replace(/^git\+/, "")
  .replace(/\.git$/, "");

export default defineConfig({
  title: "mmar2mdai",
  description: "From an NVIDIA Clara MMAR or a MONAI bundle to a model on MD.ai.",
  lang: "en",
  srcDir: "../docs",
  outDir: "dist",
  cacheDir: ".vitepress/cache",
  // Below the host's root where GitHub Pages serves it: /mmar2mdai/.
  base: process.env.SITE_BASE ?? "/",
  // No icon, so that no browser asks for one.
  head: [["link", { rel: "icon", href: "data:," }]],
  vite: { plugins: [vueOfThisFolder()] },
  markdown: {
    anchor: { slugify: githubAnchor },
    config: (md) => linkOut(md),
  },
  themeConfig: {
    sidebar: sidebar(read("docs/index.md")),
    outline: { level: [2, 3] },
    search: { provider: "local" },
    ...(repository?.startsWith("https://github.com/")
      ? { socialLinks: [{ icon: "github", link: repository }] }
      : {}),
  },
});

/** The anchor that GitHub gives a heading, so that a link leads to the same place on both. */
function githubAnchor(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** The index's headings and the links below each. */
function sidebar(index: string): DefaultTheme.SidebarItem[] {
  const [, ...parts] = index.split(/^## /m);
  return parts.map((part) => ({
    text: part.split("\n")[0] ?? "",
    items: [...part.matchAll(/\[([^\]]+)\]\(([\w.-]+)\.md\)/g)].map(([, text = "", page]) => ({
      text: text.replaceAll("`", ""),
      link: `/${page}`,
    })),
  }));
}

/** Leads links out of docs/ to the repository; without one they stay as text. */
function linkOut(md: MarkdownIt): void {
  md.core.ruler.push("link-out", (state) => {
    for (const { children } of state.tokens) {
      for (const token of children ?? []) {
        const target = token.type === "link_open" ? token.attrGet("href") : null;
        if (target?.startsWith("../") !== true) continue;
        if (repository !== undefined) {
          const path = posix.normalize(posix.join("docs", target));
          token.attrSet("href", `${repository}/blob/main/${path}`);
        } else {
          token.attrs = token.attrs?.filter(([name]) => name !== "href") ?? null;
        }
      }
    }
  });
}

/** The pages become components of Vue, and lie where none is installed. */
function vueOfThisFolder(): Plugin {
  const here = fileURLToPath(import.meta.url);
  return {
    name: "vue-of-this-folder",
    enforce: "pre",
    resolveId(id, _importer, { ssr }) {
      if (!/^vue(\/|$)/.test(id)) return null;
      // What renders the pages is written into this folder, and imports it from there.
      return ssr ? { id, external: true } : this.resolve(id, here, { skipSelf: true });
    },
  };
}
