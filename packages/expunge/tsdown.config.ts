import { defineConfig } from "tsdown";
import { thirdPartyNotices } from "../../scripts/third-party-notices.mjs";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    core: "src/core.ts",
    accounting: "src/accounting/index.ts",
    verify: "src/certificate/verify-index.ts",
    audit: "src/audit/index.ts",
    ledger: "src/ledger/index.ts",
    data: "src/data/index.ts",
    draft: "src/data/draft-text.ts",
    engine: "src/engine/index.ts",
    options: "src/options.ts",
    process: "src/process.ts",
    cli: "src/cli/main.ts",
  },
  format: "esm",
  platform: "neutral",
  target: "node20.19",
  dts: true,
  clean: true,
  tsconfig: "../../tsconfig.json",
  // @stdlib's packages have nothing but a "main" field.
  inputOptions: { resolve: { mainFields: ["module", "main"] } },
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  plugins: [thirdPartyNotices()],
  deps: {
    // The accountant, the verifier and the engine must load in a browser as they are, so their few dependencies are inside; so is what
    // draws, which would bring fifty packages for two pictures.
    alwaysBundle: [/^@stdlib\//, /^@noble\//, "pbf", "@observablehq/plot", "linkedom"],
    neverBundle: [/^node:/, "@expunge/service"],
    onlyBundle: false,
  },
});
