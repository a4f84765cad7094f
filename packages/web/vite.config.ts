import { join } from "node:path";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const packages = join(import.meta.dirname, "..");
const PAGES: Readonly<Record<string, string>> = {
  dashboard: join(packages, "service", "dist", "dashboard"),
  // After the dashboard, which empties its folder: the service serves both.
  verifier: join(packages, "service", "dist", "dashboard", "verify"),
  playground: join(packages, "web", "dist", "playground"),
};

/** Modules are not loaded for a page that is opened as a file; a plain script is. */
const PLAIN_SCRIPT: Plugin = {
  name: "plain-script",
  transformIndexHtml: {
    order: "post",
    handler: (html) =>
      html.replace(/<script type="module" crossorigin/g, "<script defer").replace(/ crossorigin/g, ""),
  },
};

/** Pages: `vite --mode dashboard`, `playground`, `verifier`. They use what the packages export, and nothing inside them. */
export default defineConfig(({ mode }) => {
  const outDir = PAGES[mode];
  if (outDir === undefined) throw new Error("Expected --mode dashboard, playground or verifier.");
  return {
    root: join(packages, "web", mode),
    // The dashboard is served below a path of the service, the playground from any folder.
    base: "./",
    resolve: {
      // The packages' sources as they stand: nothing has to be built before.
      conditions: ["@expunge/source", ...defaultClientConditions],
      // @stdlib's packages have nothing but a "main" field.
      mainFields: ["module", "main"],
      // Its own build for browsers, for what the core imports of it.
      alias: { "csv-parse/sync": "csv-parse/browser/esm/sync" },
    },
    plugins: mode === "verifier" ? [PLAIN_SCRIPT] : [],
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      // No styles or scripts inside the page: its Content-Security-Policy allows none.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // One script and one sheet of styles, as files of their own.
      ...(mode === "verifier"
        ? { cssCodeSplit: false, rolldownOptions: { output: { format: "iife" as const } } }
        : {}),
    },
  };
});
