import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A file of this package, from the sources and from the built files alike. */
export function packageFile(...parts: readonly string[]): string {
  const file = createRequire(import.meta.url).resolve("@expunge/lab/package.json");
  return join(dirname(file), ...parts);
}
