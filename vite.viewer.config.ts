import { defineConfig } from "vite";

// The viewer of a report as one script without imports: the page has to open from a file.
export default defineConfig({
  build: {
    outDir: "dist/viewer",
    emptyOutDir: false,
    lib: {
      entry: "src/viewer/viewer.ts",
      formats: ["iife"],
      name: "viewer",
      fileName: () => "viewer.js",
    },
    minify: true,
    sourcemap: false,
    copyPublicDir: false,
  },
  logLevel: "warn",
});
