import { hostname } from "node:os";
import { sql } from "drizzle-orm";
import { createSigner } from "expunge";
import { createNoteSigner, signCheckpoint } from "expunge/ledger";
import { describe, expect, it } from "vitest";
import { DATABASES, emptyDatabase } from "../../testing/databases.js";
import { MIGRATIONS } from "../database/migrations.js";
import { ledgerCheckpoints, ledgerOrigin } from "../database/tables.js";
import { chooseOrigin, requireOrigin } from "./log-origin.js";
import { currentLogSigner } from "./signing-keys.js";

describe.each(DATABASES)("the ledger's origin in %s", (kind) => {
  const database = emptyDatabase(kind);
  const queries = () => database().queries;

  it("is this host's name where nobody asks for another", async () => {
    await expect(requireOrigin(queries())).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    expect(await chooseOrigin(queries())).toBe(hostname());
    expect(await requireOrigin(queries())).toBe(hostname());
  });

  it("stays what it was, and another is refused", async () => {
    expect(await chooseOrigin(queries(), "log.example/one")).toBe("log.example/one");
    expect(await chooseOrigin(queries())).toBe("log.example/one");
    expect(await chooseOrigin(queries(), "log.example/one")).toBe("log.example/one");
    await expect(chooseOrigin(queries(), "log.example/two")).rejects.toMatchObject({
      code: "E_OPTION",
      message: expect.stringMatching(/is log\.example\/one.*found log\.example\/two/),
    });
    expect(await requireOrigin(queries())).toBe("log.example/one");
  });

  it("is one, however many choose at once", async () => {
    const asked = Array.from({ length: 8 }, (_, i) => chooseOrigin(queries(), `log.example/${i}`));
    const settled = await Promise.allSettled(asked);
    const origin = await requireOrigin(queries());
    for (const [i, { status }] of settled.entries())
      expect(status).toBe(origin === `log.example/${i}` ? "fulfilled" : "rejected");
    expect(await queries().$count(ledgerOrigin)).toBe(1);
  });

  it("is a name that a key can have", async () => {
    for (const name of ["", "two words", "a+b"])
      await expect(chooseOrigin(queries(), name)).rejects.toMatchObject({
        code: "E_OPTION",
        message: expect.stringContaining(`(--origin, EXPUNGE_ORIGIN), found ${JSON.stringify(name)}.`),
      });
    expect(await queries().$count(ledgerOrigin)).toBe(0);
  });

  it("is the one that an older database has signed under", async () => {
    const { sql: text } = MIGRATIONS.find(({ name }) => name.endsWith("origin of the ledger"))!;
    const migrateAgain = async (): Promise<string> => {
      await queries().execute(sql`drop table ledger_origin`);
      await database().executor.executeSql(text);
      return chooseOrigin(queries());
    };
    await chooseOrigin(queries(), "key.example");
    await database().transaction((transaction) => currentLogSigner(transaction));
    expect(await migrateAgain()).toBe("key.example");
    const log = createNoteSigner("checkpoint.example", createSigner(new Uint8Array(32).fill(2)));
    const note = signCheckpoint({ origin: log.name, size: 3, root: new Uint8Array(32), extensions: [] }, [
      log,
    ]);
    await queries().insert(ledgerCheckpoints).values({ size: 3, note });
    expect(await migrateAgain()).toBe("checkpoint.example");
  });
});
