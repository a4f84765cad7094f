import { ExpungeError } from "expunge";
import { describe, expect, it } from "vitest";
import { failureText } from "../packages/expunge/src/cli/failure-text.js";
import { openDatabase } from "../packages/service/src/database/open-database.js";
import { modelPages } from "../packages/service/src/database/tables.js";

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
  });
});
