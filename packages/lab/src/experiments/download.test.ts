import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { downloadSets, SOURCE_FILES } from "./download.js";

const bytes = Buffer.from("rows");
const sha256 = createHash("sha256").update(bytes).digest("hex");
const files = [{ path: "mnist/rows.gz", sha256 }];
let server: Server;
let from: string;
let asked: string[] = [];
let folder: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/mnist/rows.gz") response.end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(async () => {
  asked = [];
  folder = await mkdtemp(join(tmpdir(), "expunge-download-"));
  return () => rm(folder, { recursive: true, force: true });
});

it("fetches what is not there, and leaves alone what is", async () => {
  const options = { folder, from, files, note: () => {} };
  expect(await downloadSets(options)).toEqual(["mnist/rows.gz"]);
  expect(await readFile(join(folder, "mnist", "rows.gz"))).toEqual(bytes);
  await downloadSets(options);
  expect(asked).toEqual(["/mnist/rows.gz"]);
});

it("fetches a file again whose bytes are not the right ones", async () => {
  const options = { folder, from, files, note: () => {} };
  await downloadSets(options);
  await writeFile(join(folder, "mnist", "rows.gz"), "ro");
  await downloadSets(options);
  expect(await readFile(join(folder, "mnist", "rows.gz"))).toEqual(bytes);
});

it("keeps nothing whose digest is wrong", async () => {
  const wrong = [{ path: "mnist/rows.gz", sha256: "0".repeat(64) }];
  await expect(downloadSets({ folder, from, files: wrong, note: () => {} })).rejects.toMatchObject({
    code: "E_DATA",
    message: expect.stringContaining(sha256),
  });
  expect(await readdir(folder)).toEqual([]);
});

it("says what a server did not have, and that it cannot be reached", async () => {
  const missing = [{ path: "adult/none", sha256 }];
  await expect(downloadSets({ folder, from, files: missing, note: () => {} })).rejects.toThrow(/status 404/);
  const nobody = { folder, from: "http://127.0.0.1:1", files, note: () => {} };
  await expect(downloadSets(nobody)).rejects.toMatchObject({ code: "E_DATA" });
});

it("stops where its signal fires", async () => {
  const signal = AbortSignal.abort();
  await expect(downloadSets({ folder, from, files, note: () => {}, signal })).rejects.toMatchObject({
    code: "E_ABORTED",
  });
});

it("knows the digest of every file of MNIST and Adult", () => {
  expect(SOURCE_FILES.map(({ path }) => path.split("/")[0])).toEqual(
    [..."mmmmaa"].map((letter) => (letter === "m" ? "mnist" : "adult")),
  );
  for (const { sha256: digest } of SOURCE_FILES) expect(digest).toMatch(/^[0-9a-f]{64}$/);
});
