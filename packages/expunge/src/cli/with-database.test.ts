import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lockDirectory } from "../store/directory-lock.js";
import { withKnownDatabase } from "./with-database.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "expunge-known-"));
});
afterAll(() => rm(folder, { recursive: true }));

const open = (location: string) =>
  withKnownDatabase("public-keys", location, async () => {}, { whenInUse: "Ask it." });

it("makes no database where there is none", async () => {
  const location = join(folder, "none");
  await expect(open(location)).rejects.toMatchObject({
    code: "E_DATABASE",
    message: expect.stringMatching(/^There is no embedded database in .*none\. Give the folder/),
  });
  expect(existsSync(location)).toBe(false);
});

it("says what to do where the server has it, not to remove its lock", async () => {
  const location = join(folder, "used");
  await mkdir(join(location, "pgdata"), { recursive: true });
  const lock = await lockDirectory(location);
  const error = await open(location).catch((one: Error) => one);
  await lock.release();
  expect(error).toMatchObject({
    code: "E_LOCKED",
    message: expect.stringMatching(/another one has it, most likely the server\. Ask it\.$/),
  });
});
