import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOSTILE } from "../../../expunge/testing/hostile-parquet.js";
import {
  formOf,
  startTestServer,
  TEST_SCHEMA,
  type TestServer,
  testTable,
} from "../../testing/test-server.js";

let server: TestServer;
let address: string;
beforeAll(async () => {
  // What is sent here takes as long as a busy machine does: no pause of it counts as silence.
  server = await startTestServer({ silenceMs: 240_000 });
  address = await server.app.listen({ port: 0 });
});
afterAll(() => server.close());

const SCHEMA = JSON.stringify(TEST_SCHEMA);
const HEADER = "who,x0,x1,x2,label\n";

const XY = {
  ...{ version: 1, task: "regression", label: { column: "y", centre: 0, scale: 1 }, subject: null },
  columns: [{ name: "x", kind: "numeric", centre: 0, scale: 1 }],
};

interface Answer {
  readonly status: number;
  readonly body: { readonly code?: string; readonly detail?: string; readonly errors?: { path: string }[] };
}

async function upload(
  parts: Record<string, string | Buffer>,
  signal?: AbortSignal,
  key = server.keys.train,
): Promise<Answer> {
  const { headers, payload } = formOf(parts);
  const answer = await fetch(`${address}/v1/datasets`, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${key}` },
    body: new Uint8Array(payload),
    ...(signal ? { signal } : {}),
  });
  return { status: answer.status, body: (await answer.json()) as Answer["body"] };
}

/** Asks for somebody else's answers for as long as something lasts. @returns how many came, and by how much this process grew, in MiB */
async function meanwhile(work: Promise<unknown>): Promise<{ answers: number; grownMib: number }> {
  let isDone = false;
  const done = work.then(
    () => (isDone = true),
    () => (isDone = true),
  );
  const rss = (): number => process.memoryUsage().rss / 2 ** 20;
  const before = rss();
  let most = before;
  let answers = 0;
  while (!isDone) {
    const { ok } = await fetch(`${address}/v1/models`, {
      headers: { authorization: `Bearer ${server.strangers.audit}` },
    });
    if (ok) answers++;
    most = Math.max(most, rss());
  }
  await done;
  return { answers, grownMib: most - before };
}

/** Processes of this one that read uploads: those that have a file of it as their number 4. */
function readers(): number {
  if (process.platform !== "linux") return 0;
  const own = execFileSync("ps", ["--ppid", String(process.pid), "-o", "pid="], { encoding: "utf8" });
  return own
    .trim()
    .split(/\s+/)
    .filter((pid) => {
      try {
        const isChild = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("child.js");
        return isChild && readdirSync(`/proc/${pid}/fdinfo`).includes("4") && hasUpload(pid);
      } catch {
        return false;
      }
    }).length;
}

function hasUpload(pid: string): boolean {
  return execFileSync("readlink", [`/proc/${pid}/fd/4`], { encoding: "utf8" }).includes("(deleted)");
}

async function uploading(): Promise<number> {
  const [row] = await server.database.executor
    .executeSql("select count(*)::int as n from datasets where state = 'uploading'", [])
    .then((result) => (result as { rows: { n: number }[] }).rows);
  return row?.n ?? -1;
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A table that unpacks to so many rows of people with long ids. */
function longSubjects(rows: number, length: number): Buffer {
  const id = "x".repeat(length - 8);
  const block = (first: number): string =>
    Array.from({ length: 1000 }, (_, i) => {
      const number = String(first + i).padStart(8, "0");
      return `${id}${number},0.1,0.2,0.3,${i % 2 === 0 ? 1 : -1}\n`;
    }).join("");
  const parts = [gzipSync(HEADER)];
  for (let row = 0; row < rows; row += 1000) parts.push(gzipSync(block(row), { level: 1 }));
  return Buffer.concat(parts);
}

describe("an upload that was made to harm", () => {
  it.each(Object.keys(HOSTILE))("is refused, and others are answered: Parquet with %s", async (name) => {
    const work = upload({ name: "d", schema: JSON.stringify(XY), data: HOSTILE[name] as Buffer });
    const { answers } = await meanwhile(work);
    const { status, body } = await work;
    if (status === 413) expect(body).toMatchObject({ code: "E_TOO_LARGE", errors: [{ path: "data" }] });
    else expect([status, body.code, body.detail?.slice(0, 6)]).toEqual([422, "E_DATA", "data: "]);
    expect(answers).toBeGreaterThan(0);
  });

  it("with a schema of 130,000 categories is refused in time that grows with it", async () => {
    const categories = Array.from({ length: 130_000 }, (_, i) => i.toString(36));
    const column = { name: "x0", kind: "categorical", categories };
    const schema = JSON.stringify({ ...TEST_SCHEMA, columns: [column, ...TEST_SCHEMA.columns] });
    const work = upload({ name: "d", schema, data: HEADER });
    expect((await meanwhile(work)).answers).toBeGreaterThan(0);
    expect(await work).toMatchObject({
      status: 422,
      body: { code: "E_SCHEMA", detail: expect.stringMatching(/"x0" is declared twice/) },
    });
  });

  it("with ids that no request could name is refused, whatever they unpack to", async () => {
    const work = upload({ name: "d", schema: SCHEMA, data: longSubjects(100_000, 10_000) });
    const { answers, grownMib } = await meanwhile(work);
    expect(await work).toMatchObject({
      status: 422,
      body: { code: "E_DATA", detail: expect.stringMatching(/subjects of at most 1000 characters/) },
    });
    expect(answers).toBeGreaterThan(0);
    expect(grownMib).toBeLessThan(300);
  });

  it("with a row that needs too much memory says so, and of which part", async () => {
    const wide = Array.from({ length: 3_000_000 }, (_, i) => `c${i}`).join();
    const work = upload({ name: "d", schema: SCHEMA, data: gzipSync(`${wide.slice(0, 16e6)}\n1\n`) });
    expect((await meanwhile(work)).answers).toBeGreaterThan(0);
    const { status, body } = await work;
    expect([413, 422]).toContain(status);
    if (status === 413) expect(body).toMatchObject({ code: "E_TOO_LARGE", errors: [{ path: "data" }] });
    else expect(body).toMatchObject({ code: expect.stringMatching(/^E_(DATA|SCHEMA)$/) });
  });
});

describe("whoever uploads and leaves", () => {
  it("while rows are stored, leaves neither a process nor rows behind", async () => {
    const leaving = new AbortController();
    const data = longSubjects(150_000, 1000);
    const work = upload({ name: "d", schema: SCHEMA, data }, leaving.signal).catch(() => {});
    await until(async () => (await uploading()) === 1);
    expect(readers()).toBe(1);
    leaving.abort();
    await work;
    await until(() => readers() === 0);
    await until(async () => (await uploading()) === 0);
    expect(await server.database.queries.execute(sql`select 1 from owners limit 1`)).toMatchObject({
      rows: [],
    });
  });

  it("in the middle of the body, leaves no file behind", async () => {
    const { headers, payload } = formOf({ name: "d", schema: SCHEMA, data: testTable(2000).csv });
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    socket.on("error", () => {});
    const head = [
      "POST /v1/datasets HTTP/1.1",
      "host: localhost",
      `authorization: Bearer ${server.keys.train}`,
      `content-type: ${headers["content-type"]}`,
      `content-length: ${payload.length}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    socket.write(payload.subarray(0, payload.length - 1000));
    const open = (): number => nameless().length;
    await until(() => open() === 1);
    socket.destroy();
    await until(() => open() === 0);
  });
});

/** Files without names that this process has open. */
function nameless(): string[] {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return /expunge-[0-9a-f]{24} \(deleted\)/.test(
        execFileSync("readlink", [`/proc/${process.pid}/fd/${fd}`], { encoding: "utf8" }),
      );
    } catch {
      return false;
    }
  });
}

it("turns are taken one a tenant: who uploads many keeps nobody waiting", async () => {
  const many = [1, 2, 3].map(() => upload({ name: "d", schema: SCHEMA, data: longSubjects(20_000, 500) }));
  const one = upload({ name: "d", schema: SCHEMA, data: testTable().csv }, undefined, server.strangers.train);
  const first = await Promise.race([one.then(() => "one"), Promise.all(many).then(() => "many")]);
  expect(first).toBe("one");
  for (const { status } of [await one, ...(await Promise.all(many))]) expect(status).toBe(201);
});

describe("texts of many features", () => {
  const TEXTS = {
    ...{ version: 1, task: "binary", subject: "who" },
    label: { column: "y", positive: ["yes"], negative: ["no"] },
    columns: [{ name: "text", kind: "text", bits: 18 }],
  };
  const line = (i: number): string =>
    `p${i},word${i} common${i % 3} ${i % 2 ? "yes yes" : "no"} w${i % 7},${i % 2 ? "yes" : "no"}`;
  const table = (from: number, to: number): string =>
    `who,text,y\n${Array.from({ length: to - from }, (_, i) => line(from + i)).join("\n")}\n`;

  it("come as sparse rows, of tables and of records, and are kept so", async () => {
    // 400 rows of all their numbers would be 400 MiB.
    const { status, body } = await upload({
      name: "texts",
      schema: JSON.stringify(TEXTS),
      data: table(0, 400),
    });
    expect(status).toBe(201);
    const { id } = body as { id: string };
    const headers = { authorization: `Bearer ${server.keys.train}`, "content-type": "application/json" };
    const rows = [{ who: "q", text: "some words that nobody wrote", y: "yes" }];
    const added = await fetch(`${address}/v1/datasets/${id}/rows`, {
      ...{ method: "POST", headers, body: JSON.stringify({ rows }) },
    });
    expect(await added.json()).toMatchObject({ firstRow: 400, rowCount: 1 });
    const { rows: found } = await server.database.executor.executeSql<{ form: string; bytes: number }>(
      `select d.page_form as form, sum(p.byte_count)::integer as bytes
         from datasets d join dataset_pages p on p.dataset_id = d.id where d.id = $1 group by 1`,
      [id],
    );
    expect(found[0]?.form).toBe("sparse");
    expect(found[0]?.bytes).toBeLessThan(401 * 200);
  });
});
