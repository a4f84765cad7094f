import { defineConfig } from "tsdown";
import { thirdPartyNotices } from "../../scripts/third-party-notices.mjs";

export default defineConfig({
  entry: { index: "src/index.ts", child: "src/child/child-main.ts" },
  format: "esm",
  platform: "node",
  target: "node20.19",
  dts: true,
  clean: true,
  tsconfig: "../../tsconfig.json",
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  plugins: [thirdPartyNotices()],
  deps: { alwaysBundle: [/^@noble\//], onlyBundle: false },
});
