import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a bucket answers: as it should, not at all, only the beginning of a body, or a body byte by byte without an end. */
export type Manner = "answers" | "silent" | "stops" | "trickles";

/** A bucket of a server that speaks just enough of S3, keeps objects in memory, checks nothing, and can be made to say nothing. */
export interface SilentBucket {
  readonly place: string;
  /** Of all calls from now on; those that wait are then answered, where it is "answers". */
  set(manner: Manner): void;
  /** Calls that wait for an answer. */
  waiting(): number;
  remove(): Promise<void>;
}

const NAMES = ["AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

export async function startSilentBucket(): Promise<SilentBucket> {
  const objects = new Map<string, Buffer>();
  const held = new Set<() => void>();
  let manner: Manner = "answers";
  const server = createServer((request, response) => {
    read(request).then((body) => {
      const answer = () => send(response, answerOf(objects, request, body));
      if (manner === "answers") return answer();
      if (manner === "silent") {
        held.add(answer);
        response.once("close", () => held.delete(answer));
        return;
      }
      begin(response, answerOf(objects, request, body), manner === "trickles");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const before = NAMES.map((name) => process.env[name]);
  const values = [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "none", "none"];
  for (const [i, name] of NAMES.entries()) process.env[name] = values[i];
  return {
    place: "s3://rows/tests",
    set(next) {
      manner = next;
      if (manner !== "answers") return;
      for (const answer of held) answer();
      held.clear();
    },
    waiting: () => held.size,
    async remove() {
      for (const [i, name] of NAMES.entries())
        if (before[i] === undefined) delete process.env[name];
        else process.env[name] = before[i];
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly type?: string;
}

const NONE = Buffer.alloc(0);

function answerOf(
  objects: Map<string, Buffer>,
  { method, url = "", headers }: IncomingMessage,
  sent: Buffer,
): Answer {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  if (searchParams.has("list-type")) return { status: 200, body: listing(objects), type: "application/xml" };
  if (method === "PUT") {
    objects.set(pathname, sent);
    return { status: 200, body: NONE };
  }
  if (method === "DELETE") {
    objects.delete(pathname);
    return { status: 204, body: NONE };
  }
  const found = objects.get(pathname);
  if (!found) return { status: 404, body: NONE };
  const [, first = "0", last = String(found.length - 1)] =
    /bytes=(\d+)-(\d+)/.exec(headers.range ?? "") ?? [];
  return { status: 206, body: found.subarray(Number(first), Number(last) + 1) };
}

function listing(objects: ReadonlyMap<string, Buffer>): Buffer {
  const items = [...objects.keys()].map((path) => {
    const key = path.slice("/rows/".length);
    return `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`;
  });
  return Buffer.from(`<?xml version="1.0"?><ListBucketResult>${items.join("")}</ListBucketResult>`);
}

function head(response: ServerResponse, { status, body, type }: Answer): void {
  response.writeHead(status, { "content-length": body.length, ...(type ? { "content-type": type } : {}) });
}

function send(response: ServerResponse, answer: Answer): void {
  head(response, answer);
  response.end(answer.body);
}

/** The first half of a body, and then nothing, or a byte of the rest now and then. */
function begin(response: ServerResponse, answer: Answer, isTrickling: boolean): void {
  head(response, answer);
  let at = answer.body.length >> 1;
  response.write(answer.body.subarray(0, at));
  if (!isTrickling) return;
  const timer = setInterval(() => {
    if (at < answer.body.length - 1) response.write(answer.body.subarray(at, ++at));
  }, 20);
  response.once("close", () => clearInterval(timer));
}
