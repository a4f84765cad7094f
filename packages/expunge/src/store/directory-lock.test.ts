import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDirectory, lockDirectoryWith, lockFiles } from "./directory-lock.js";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "expunge-lock-"));
  path = join(directory, "lock");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const failure = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

describe("a lock", () => {
  it("is let go of once: whoever has the directory then keeps it", async () => {
    const first = await lockDirectory(directory);
    await first.release();
    const second = await lockDirectory(directory);
    await first.release();
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: "E_LOCKED" });
    await second.release();
    await (await lockDirectory(directory)).release();
  });

  it("that somebody else has put in its place stays", async () => {
    const lock = await lockDirectory(directory);
    await writeFile(path, "1@elsewhere");
    await lock.release();
    expect(await readFile(path, "utf8")).toBe("1@elsewhere");
  });

  it("is whole from the moment it is there", async () => {
    const seen: string[][] = [];
    const lock = await lockDirectoryWith(directory, {
      ...lockFiles,
      async link(from, to) {
        // Who is killed here has not locked anything.
        seen.push(await readdir(directory));
        await lockFiles.link(from, to);
      },
    });
    expect(seen).toEqual([[expect.stringMatching(/^lock\..{36}$/)]]);
    expect(await readdir(directory)).toEqual(["lock"]);
    expect(await readFile(path, "utf8")).toMatch(`${process.pid}@`);
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(["link", "write"] as const)(
    "that cannot be made because of a full disk (%s) leaves nothing",
    async (name) => {
      const full = lockDirectoryWith(directory, {
        ...lockFiles,
        [name]: () => Promise.reject(failure("ENOSPC")),
      });
      await expect(full).rejects.toMatchObject({ code: "ENOSPC" });
      expect(await readdir(directory)).toEqual([]);
      await (await lockDirectory(directory)).release();
    },
  );

  it("takes with it what those left who were killed on their way to it", async () => {
    const left = "lock.0c56a8ad-0f29-4e05-9a6a-33d7e1b4f0c2";
    await writeFile(join(directory, left), "");
    await writeFile(join(directory, "lock.txt"), "somebody's");
    const lock = await lockDirectory(directory);
    expect(await readdir(directory)).toEqual(["lock", "lock.txt"]);
    await lock.release();
  });

  it.each(["EPERM", "ENOTSUP"])("is one process's where files have one name (%s), too", async (code) => {
    const files = { ...lockFiles, link: () => Promise.reject(failure(code)) };
    const lock = await lockDirectoryWith(directory, files);
    expect(await readdir(directory)).toEqual(["lock"]);
    await expect(lockDirectoryWith(directory, files)).rejects.toMatchObject({ code: "E_LOCKED" });
    await lock.release();
    let writes = 0;
    const full = {
      ...files,
      async write(to: string, text: string) {
        if (++writes === 2) throw failure("ENOSPC");
        await lockFiles.write(to, text);
      },
    };
    await expect(lockDirectoryWith(directory, full)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(await readdir(directory)).toEqual([]);
  });

  it("of which two find out at once that its holder is dead is one's", async () => {
    await writeFile(path, `999999999@${hostname()}`);
    const taken = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)));
    expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await readdir(directory)).toEqual(["lock"]);
  });

  it.runIf(process.platform === "linux")(
    "of this process's number from before it was started is taken over",
    async () => {
      // As a container that was killed and started again finds it.
      const lock = await lockDirectory(directory);
      const text = await readFile(path, "utf8");
      await lock.release();
      await writeFile(path, text.replace(/^start .*$/m, "start 1"));
      await (await lockDirectory(directory)).release();
      await writeFile(
        path,
        text.replace(/^namespace .*$/m, "namespace pid:[1]").replace(/^\d+/, "999999999"),
      );
      await expect(lockDirectory(directory)).rejects.toMatchObject({
        code: "E_LOCKED",
        message: expect.stringContaining(`remove ${path} if`),
      });
    },
  );

  it("that says nothing is somebody's, and the error says which file it is", async () => {
    await writeFile(path, "");
    await expect(lockDirectory(directory)).rejects.toThrow(`${path} does not say who is working`);
  });
});
