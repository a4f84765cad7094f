import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  formOf,
  startTestServer,
  TEST_SCHEMA,
  type TestServer,
  testTable,
} from "../../testing/test-server.js";

let server: TestServer;
let port: number;
beforeAll(async () => {
  server = await startTestServer({ silenceMs: 1500, answerTimeoutMs: 2000 });
  port = Number(new URL(await server.app.listen({ port: 0 })).port);
});
afterAll(() => server.close());

/** Sends something and no more. @returns what is answered until the connection is closed */
function sendAndStop(begin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket: Socket = connect(port, "127.0.0.1", () => socket.write(begin));
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

const head = (what: string, more: readonly string[]): string =>
  [`${what} HTTP/1.1`, "host: localhost", `authorization: Bearer ${server.keys.train}`, ...more].join("\r\n");

describe("an answer that does not come", () => {
  it.each([
    ["GET", undefined],
    // Fastify's own limit ends when a body has been read.
    ["POST", JSON.stringify({ name: "m", datasetId: "x", options: {} })],
  ])("is given up: %s", async (method, body) => {
    const { getModel, createModel } = server.service;
    const never = (): Promise<never> => new Promise(() => {});
    Object.assign(server.service, { getModel: never, createModel: never });
    try {
      const path = method === "GET" ? "/v1/models/x" : "/v1/models";
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { authorization: `Bearer ${server.keys.train}`, "content-type": "application/json" },
        ...(body ? { body } : {}),
      });
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("5");
      expect(await answer.json()).toMatchObject({ code: "E_BUSY" });
    } finally {
      Object.assign(server.service, { getModel, createModel });
    }
  });
});

describe("a limit of silence", () => {
  it.each([
    [600_000, undefined, 600_000],
    [600_000, 60_000, 60_000],
    [600_000, 0, 600_000],
  ])("of %i ms beside one of %s for the whole gives headers %i", async (silenceMs, whole, headersMs) => {
    const longer = await startTestServer({
      silenceMs,
      ...(whole === undefined ? {} : { requestTimeoutMs: whole }),
    });
    try {
      expect(longer.app.server).toMatchObject({
        headersTimeout: headersMs,
        requestTimeout: whole ?? 3_600_000,
      });
    } finally {
      await longer.close();
    }
  });
});

describe("a connection on which nothing comes", () => {
  it.each([
    ["at all", () => ""],
    ["behind a part of the headers", () => "GET /v1/me HTTP/1.1\r\nhost: loc"],
  ])("%s is closed", async (_, begin) => {
    expect(await sendAndStop(begin())).toMatch(/^$|^HTTP\/1.1 408 /);
  });

  it("behind a part of a body is answered and closed, and so is an upload", async () => {
    const json = ["content-type: application/json", "content-length: 1000"];
    const { headers, payload } = formOf({
      name: "d",
      schema: JSON.stringify(TEST_SCHEMA),
      data: testTable().csv,
    });
    const form = [`content-type: ${headers["content-type"]}`, `content-length: ${payload.length}`];
    for (const begin of [
      `${head("POST /v1/models", json)}\r\n\r\n{"name"`,
      `${head("POST /v1/datasets", form)}\r\n\r\n${payload.subarray(0, payload.length - 50)}`,
    ]) {
      const answer = await sendAndStop(begin);
      expect(answer).toMatch(/^HTTP\/1.1 408 /);
      expect(answer).toMatch(/"code":"E_SLOW"/);
    }
    expect(server.log()).not.toMatch(/E_INTERNAL/);
  });

  it("but now and then a byte is not: its request is answered when it is whole", async () => {
    const body = JSON.stringify({ name: "m", datasetId: "x", options: {} });
    const begin = head("POST /v1/models", [
      "content-type: application/json",
      `content-length: ${body.length}`,
    ]);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, "127.0.0.1", async () => {
        socket.write(`${begin}\r\n\r\n`);
        for (const byte of body) {
          socket.write(byte);
          await new Promise((next) => setTimeout(next, 40));
        }
      });
      socket.on("data", (chunk) => {
        resolve(String(chunk));
        socket.destroy();
      });
    });
    expect(answer).toMatch(/^HTTP\/1.1 4(04|22) /);
  });
});
