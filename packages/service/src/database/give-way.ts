import type { PGlite } from "@electric-sql/pglite";

const BUSY_MS = 20;
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

async function giveWay(): Promise<void> {
  if (performance.now() - since < BUSY_MS) return;
  await new Promise((resolve) => setImmediate(resolve));
  since = performance.now();
}
