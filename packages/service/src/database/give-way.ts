import type { PGlite } from "@electric-sql/pglite";

const BUSY_MS = 20;
/** What takes much less than that, where each takes microseconds. */
const MANY = 500;
let since = 0;

/**
 * Lets the event loop turn between queries. An embedded database answers within microtasks: whoever asks query after query would keep a server
 * from everything else.
 */
export function givingWay<T extends Pick<PGlite, "query" | "exec">>(client: T): T {
  const query = client.query.bind(client);
  const exec = client.exec.bind(client);
  client.query = async (...asked) => {
    await giveWay();
    return query(...asked) as never;
  };
  client.exec = async (...asked) => {
    await giveWay();
    return exec(...asked);
  };
  return client;
}

/** `items.map`, with turns of the event loop in between: for lists as long as a caller likes. */
export async function mapGivingWay<T, U>(items: readonly T[], map: (item: T, i: number) => U): Promise<U[]> {
  const mapped: U[] = [];
  for (const [i, item] of items.entries()) {
    if (i % MANY === 0) await giveWay();
    mapped.push(map(item, i));
  }
  return mapped;
}

/** Lets the event loop turn where nothing has for a while. */
export async function giveWay(): Promise<void> {
  if (performance.now() - since < BUSY_MS) return;
  await new Promise((resolve) => setImmediate(resolve));
  since = performance.now();
}
