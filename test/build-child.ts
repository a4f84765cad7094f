import { readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";

/* The service's child processes run a built file. It is built anew for the tests where a source is younger, so that they try what is there. */

const packages = join(import.meta.dirname, "../packages");
const built = join(packages, "service/dist/child.js");

const timeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function isStale(): boolean {
  const time = timeOf(built);
  return ["expunge", "service"].some((name) => {
    const folder = join(packages, name, "src");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return files.some((file) => !file.endsWith(".test.ts") && timeOf(join(folder, file)) > time);
  });
}

/** Vitest's global setup. */
export default async function prepare(): Promise<void> {
  if (!isStale()) return;
  // Several runs may do this at once.
  const own = `${built}.${process.pid}.mjs`;
  await build({
    input: join(packages, "service/src/child/child-main.ts"),
    output: { file: own, format: "esm", codeSplitting: false },
    platform: "node",
    resolve: { conditionNames: ["@expunge/source", "node", "import", "default"] },
    external: [/^node:/],
    logLevel: "silent",
  });
  renameSync(own, built);
  rmSync(own, { force: true });
}
