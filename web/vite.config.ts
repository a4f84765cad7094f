import { join } from "node:path";
import { defineConfig } from "vite";

const root = join(import.meta.dirname, "..");
const source = (path: string): string => join(root, "src", path);

/** Two pages: `vite --mode dashboard`, `vite --mode playground`. They use what the package exports, and nothing inside it. */
export default defineConfig(({ mode }) => {
  if (mode !== "dashboard" && mode !== "playground")
    throw new Error("Expected --mode dashboard or --mode playground.");
  return {
    root: join(root, "web", mode),
    // The dashboard is served below a path of the service, the playground from any folder.
    base: "./",
    resolve: {
      // @stdlib's packages have nothing but a "main" field.
      mainFields: ["module", "main"],
      alias: [
        { find: /^expunge$/, replacement: source("core.ts") },
        { find: "expunge/accounting", replacement: source("accounting/index.ts") },
        { find: "expunge/audit", replacement: source("audit/index.ts") },
        { find: "expunge/client", replacement: source("client/index.ts") },
        { find: "expunge/ledger", replacement: source("ledger/index.ts") },
        { find: "expunge/verify", replacement: source("certificate/verify-index.ts") },
      ],
    },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: join(root, "dist", mode),
      emptyOutDir: true,
      target: "es2022",
      // No styles or scripts inside the page: its Content-Security-Policy allows none.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
});
