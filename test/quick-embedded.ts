import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PGlite, PGliteOptions } from "@electric-sql/pglite";
import { vi } from "vitest";

/*
 * A new embedded database takes seconds of processor time to set up its cluster, every time the same. In tests, one in memory begins with a
 * copy of the first that a run has made. All else is PGlite as it is, and databases in folders are made as anywhere.
 */
vi.mock("@electric-sql/pglite", async (load) => {
  const original = await load<{ PGlite: typeof PGlite }>();
  const create = async (place: string, options: PGliteOptions = {}): Promise<PGlite> =>
    original.PGlite.create(
      place,
      place === "memory://" ? { ...options, loadDataDir: await cluster(original.PGlite) } : options,
    );
  return { ...original, PGlite: Object.assign(Object.create(original.PGlite), { create }) };
});

async function cluster(Lite: typeof PGlite): Promise<Blob> {
  const file = join(process.env.EXPUNGE_TEST_POSTGRES ?? "", "cluster.tar");
  if (!existsSync(file)) {
    const lite = await Lite.create("memory://");
    const image = await lite.dumpDataDir("none");
    await lite.close();
    // Two suites may be first: whole, whoever is last.
    const own = `${file}-${process.pid}`;
    writeFileSync(own, new Uint8Array(await image.arrayBuffer()));
    renameSync(own, file);
  }
  return new Blob([readFileSync(file)]);
}
