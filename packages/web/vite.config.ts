import { join } from "node:path";
import { defaultClientConditions, defineConfig } from "vite";

const packages = join(import.meta.dirname, "..");
const PAGES: Readonly<Record<string, string>> = {
  dashboard: join(packages, "service", "dist", "dashboard"),
  playground: join(packages, "web", "dist", "playground"),
};

/** Two pages: `vite --mode dashboard`, `vite --mode playground`. They use what the packages export, and nothing inside them. */
export default defineConfig(({ mode }) => {
  const outDir = PAGES[mode];
  if (outDir === undefined) throw new Error("Expected --mode dashboard or --mode playground.");
  return {
    root: join(packages, "web", mode),
    // The dashboard is served below a path of the service, the playground from any folder.
    base: "./",
    resolve: {
      // The packages' sources as they stand: nothing has to be built before.
      conditions: ["@expunge/source", ...defaultClientConditions],
      // @stdlib's packages have nothing but a "main" field.
      mainFields: ["module", "main"],
    },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      // No styles or scripts inside the page: its Content-Security-Policy allows none.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
});
