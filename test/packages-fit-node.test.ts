import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it("npm ci installs nothing that asks for a newer Node than this one", () => {
  const args = ["ci", "--dry-run", "--engine-strict", "--ignore-scripts", "--offline", "--no-audit"];
  const { status, stderr } = spawnSync("npm", args, {
    cwd: new URL("..", import.meta.url),
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  expect(stderr).not.toMatch(/EBADENGINE/);
  expect(status).toBe(0);
});
