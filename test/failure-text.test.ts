import { ExpungeError } from "expunge";
import { describe, expect, it, vi } from "vitest";
import { failureText } from "../packages/expunge/src/cli/failure-text.js";
import { createOutput } from "../packages/expunge/src/cli/output.js";
import { createServiceLog } from "../packages/expunge/src/cli/service-log.js";
import { openDatabase } from "../packages/service/src/database/open-database.js";
import { modelPages } from "../packages/service/src/database/tables.js";
import { describeError } from "../packages/service/src/http/logging.js";

/** As a worker logs it. */
function failureLine(error: Error): object {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    createServiceLog(true, createOutput(false), describeError).failed({ work: "train", modelId: "m", error });
    return JSON.parse(write.mock.calls.map(([text]) => String(text)).join(""));
  } finally {
    write.mockRestore();
  }
}

describe("what is printed of a failure", () => {
  it("is our own message, and of a database's the code only: it quotes what was to be stored", async () => {
    expect(failureText(new ExpungeError("E_MODEL", "A page is missing."))).toBe("E_MODEL A page is missing.");
    const database = await openDatabase("memory:");
    const id = "00000000-0000-4000-8000-000000000000";
    const place = { objectId: id, startByte: 0, byteCount: 0 };
    const row = { modelId: id, page: 0, key: Buffer.from("ann@example.com"), ...place };
    const error = await database.queries
      .insert(modelPages)
      .values(row)
      .catch((reason: Error) => reason);
    await database.close();
    expect((error as Error).message).toContain("00000000-0000");
    expect(failureText(error as Error)).toMatch(/ 23503$/);
    expect(failureText(error as Error)).not.toMatch(/00000000|ann@|616e6e/);
    const line = failureLine(error as Error);
    expect(line).toMatchObject({
      level: 50,
      work: "train",
      modelId: "m",
      msg: expect.stringMatching(/ 23503$/),
    });
    expect(JSON.stringify(line)).not.toMatch(/00000000|ann@|616e6e/);
  });
});
