import { describe, expect, it } from "vitest";
import { VERSION } from "../version.js";
import { loadService } from "./load-service.js";

const failing = (code: string, message: string) => () =>
  Promise.reject(Object.assign(new Error(message), { code }));

describe("the service's package", () => {
  it("that is not installed: says which command needs it and how to install it", async () => {
    const load = failing(
      "ERR_MODULE_NOT_FOUND",
      "Cannot find package '@expunge/service' imported from /x/cli.js",
    );
    await expect(loadService("serve", load)).rejects.toMatchObject({
      code: "E_OPTION",
      message: `expunge serve needs the package @expunge/service, which is not installed. Install it beside expunge: npm install @expunge/service@${VERSION}`,
    });
  });

  it("that is broken: says what it said", async () => {
    const inside = failing(
      "ERR_MODULE_NOT_FOUND",
      "Cannot find package 'pg' imported from /x/@expunge/service/dist",
    );
    await expect(loadService("serve", inside)).rejects.toThrow("'pg'");
    await expect(loadService("serve", failing("EACCES", "no"))).rejects.toThrow("no");
  });

  it("that is there has all that the commands take from it", async () => {
    const service = await loadService("serve");
    for (const name of [
      "openRuntime",
      "createServer",
      "openToRestore",
      "writeBackup",
      "restoreBackup",
      "rotateKey",
    ] as const)
      expect(service[name]).toBeTypeOf("function");
  });
});
