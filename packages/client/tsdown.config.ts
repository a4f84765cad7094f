import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { index: "src/index.ts", schemas: "src/schemas/index.ts" },
  format: "esm",
  platform: "neutral",
  target: "node20.19",
  dts: true,
  clean: true,
  tsconfig: "../../tsconfig.json",
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
