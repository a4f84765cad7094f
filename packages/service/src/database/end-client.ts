import type pg from "pg";

/** How long the other end may take to hear that a connection ends. */
const END_MS = 1000;

/** Ends a connection; one whose other end does not answer is cut. */
export async function endClient(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), END_MS);
  await client.end().catch(() => {});
  clearTimeout(timer);
}
