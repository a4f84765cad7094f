import { defineConfig } from "tsdown";

const entry = {
  index: "src/index.ts",
  accounting: "src/accounting/index.ts",
  verify: "src/certificate/verify-index.ts",
  data: "src/data/index.ts",
  engine: "src/engine/index.ts",
  cli: "src/cli/main.ts",
};

export default defineConfig({
  entry,
  format: "esm",
  platform: "neutral",
  target: "node20.19",
  dts: true,
  clean: true,
  // The accountant and the verifier must load in a browser as they are, so their few dependencies are inside.
  noExternal: [/^@stdlib\//, /^@noble\//],
  external: [/^node:/],
});
