import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

/** Packages of this repository are tested as their sources stand: nothing has to be built before. */
const conditions = ["@expunge/source", ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/shared-postgres.ts"],
    setupFiles: ["test/fixed-seed.ts"],
    // Vitest leaves a core to itself, which on two cores is half of them.
    maxWorkers: "100%",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      exclude: ["**/*.test.ts", "**/*.generated.ts"],
    },
  },
});
