import { availableParallelism } from "node:os";
import { defaultServerConditions } from "vite";
import { configDefaults, defineConfig } from "vitest/config";

/** Packages of this repository are tested as their sources stand: nothing has to be built before. */
const conditions = [
  "@expunge/source",
  // For bundlers alone: what packages put there Node cannot load.
  ...defaultServerConditions.filter((name) => name !== "module"),
];

/** Whole pages in a browser, many requests at once, each file operation: `npm run test:long`. `npm test` runs neither these nor the slowest. */
const LONG = [
  "packages/expunge/src/store/interrupted-{living,sparse}.test.ts",
  "packages/service/src/backup/backup.test.ts",
  "packages/service/src/http/uploads.test.ts",
  "packages/service/src/models/living.test.ts",
  "packages/service/src/requests/{concurrency,receipts}.test.ts",
  "test/{cli-serve,deployment,dashboard,dashboard-poor-models,living-service,playground,start-up,verifier}.test.ts",
  "test/service-{clocks,connection,history,scratch}.test.ts",
];

/** Audits of many trainings, real data, hundreds of thousands of anything: `npm run test:slowest`. CI leaves them out. */
const SLOWEST = [
  "packages/expunge/src/audit/{model-forget,model-lives}.test.ts",
  "packages/service/src/requests/{large-request,one-owner}.test.ts",
  "test/{adult,mnist}-accuracy.test.ts",
  "test/memory.test.ts",
];

/** Tests of what is random, kills at each file operation, and what two kinds of database do alike: a usual run tries less of it. */
const THOROUGH = [
  "packages/expunge/src/audit/audit.test.ts",
  "packages/expunge/src/certificate/{chain,hostile}.test.ts",
  "packages/expunge/src/engine/{rounding,sparse-kernel}.test.ts",
  "packages/expunge/src/store/{interrupted-forget,interrupted-living,interrupted-sparse,random-lives}.test.ts",
  "packages/expunge/src/unlearner/sparse-rows.test.ts",
  "packages/service/src/models/{sparse-models,waiting-rows,preview-lesson}.test.ts",
];

/** The library's own tests, most of which compute and nothing else. */
const CORE = "packages/expunge/src/**/*.test.ts";

/** Puts another module in a module's place. */
const ALONE = "test/made-up-objective.test.ts";

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: ["test/shared-postgres.ts", "test/build-child.ts"],
    setupFiles: ["test/fixed-seed.ts", "test/quick-embedded.ts"],
    // Vitest leaves a core to itself, which on two cores is half of them. And many tests wait: for a process, a database, a lease that ends.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A machine that is busy must not decide whether a test passes.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "short",
          include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...LONG, ...SLOWEST, CORE, ALONE],
          // Modules keep no state from one file to the next, and loading them anew for each takes minutes.
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: [ALONE] } },
      {
        extends: true,
        test: {
          name: "core",
          include: [CORE],
          exclude: [...configDefaults.exclude, ...LONG, ...SLOWEST],
          isolate: false,
        },
      },
      { extends: true, test: { name: "long", include: LONG } },
      {
        extends: true,
        test: { name: "slowest", include: [...SLOWEST, ...THOROUGH], env: { EXPUNGE_THOROUGH: "1" } },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      exclude: ["**/*.test.ts", "**/*.generated.ts"],
    },
  },
});
