import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  formOf,
  startTestServer,
  TEST_SCHEMA,
  type TestServer,
  testTable,
} from "../../testing/test-server.js";

const LIMIT = 100_000;
let server: TestServer;
let port: number;
const sockets: Socket[] = [];
beforeAll(async () => {
  server = await startTestServer({ uploadsPerTenant: 2, uploadLimit: LIMIT, silenceMs: 240_000 });
  port = Number(new URL(await server.app.listen({ port: 0 })).port);
});
afterAll(async () => {
  // A server waits for uploads before it ends.
  for (const socket of sockets) socket.destroy();
  await server.close();
});

const form = (rowCount: number) =>
  formOf({ name: "people", schema: JSON.stringify(TEST_SCHEMA), data: testTable(rowCount).csv });

/** Begins an upload of the first tenant, and leaves it there. */
async function begin(payload: Buffer, headers: Record<string, string>, bytes: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  const lines = Object.entries({ host: "a", authorization: `Bearer ${server.keys.train}`, ...headers });
  socket.write(
    ["POST /v1/datasets HTTP/1.1", ...lines.map(([name, value]) => `${name}: ${value}`)].join("\r\n"),
  );
  const asked = once(server.app.server, "request");
  socket.write("\r\n\r\n");
  await asked;
  socket.write(payload.subarray(0, bytes));
  return socket;
}

const sized = (rowCount: number): Promise<Socket> => {
  const { headers, payload } = form(rowCount);
  // Less than its schema, which a process would read within a time that a busy machine may not have.
  return begin(payload, { ...headers, "content-length": String(payload.length) }, 100);
};

const upload = (rowCount = 200, as: "train" | { key: string } = "train") =>
  server.call(as, "POST /v1/datasets", form(rowCount));

describe("uploads of one tenant that are here", () => {
  it("are so many at most: one more is told when to come back, and another tenant's is stored", async () => {
    const held = [await sized(200), await sized(200)];
    await expect.poll(async () => (await upload()).statusCode).toBe(429);
    const refused = await upload();
    expect([refused.statusCode, refused.json().code, refused.headers["retry-after"]]).toEqual([
      429,
      "E_RATE",
      "10",
    ]);
    expect((await upload(200, { key: server.strangers.train })).statusCode).toBe(201);
    for (const socket of held) socket.destroy();
    await expect.poll(async () => (await upload()).statusCode).toBe(201);
  });

  it("come to no more bytes together than one may have, also where they do not say how many", async () => {
    expect(form(800).payload.length).toBeGreaterThan(LIMIT / 2);
    const first = await sized(800);
    await expect.poll(async () => (await upload(800)).statusCode).toBe(429);
    expect((await upload(200)).statusCode).toBe(201);
    const { statusCode, headers, body } = await upload(800);
    expect([statusCode, headers["retry-after"]]).toEqual([429, "10"]);
    expect(JSON.parse(body).detail).toMatch(/more than 100000 bytes together/);
    const { headers: type, payload } = form(800);
    const socket = await begin(Buffer.alloc(0), { ...type, "transfer-encoding": "chunked" }, 0);
    socket.write(`${payload.length.toString(16)}\r\n`);
    socket.write(payload);
    // The end is missing: the server answers, reads no more, and closes.
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 429 [\s\S]*retry-after: 10\r\n[\s\S]*"E_RATE"/);
    first.destroy();
    await expect.poll(async () => (await upload(800)).statusCode).toBe(201);
  });
});
