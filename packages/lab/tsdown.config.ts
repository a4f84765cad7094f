import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { main: "src/main.ts" },
  format: "esm",
  platform: "node",
  target: "node20.19",
  dts: false,
  clean: true,
  tsconfig: "../../tsconfig.json",
  // One program out of the sources: nothing else has to be built before.
  inputOptions: { resolve: { conditionNames: ["@expunge/source"], mainFields: ["module", "main"] } },
  outExtensions: () => ({ js: ".js" }),
  deps: {
    alwaysBundle: [/^expunge(\/|$)/],
    neverBundle: [/^(?!expunge(\/|$)|@noble\/|@stdlib\/)[@a-z]/],
    onlyBundle: false,
  },
});
