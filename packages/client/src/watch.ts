import { ClientError } from "./client-error.js";
import type { ActivityView } from "./schemas/events.js";
import type { Transport } from "./transport.js";

/** How to watch a service's events. */
export interface WatchOptions {
  /** Ends the watch. */
  readonly signal?: AbortSignal;
  /** Rest before a connection that ended is opened anew; default 1,000 ms. */
  readonly restMs?: number;
}

/**
 * Server-sent events by `fetch`, since EventSource sends no key. A connection that ends or breaks is opened anew; an answer that says no
 * is thrown.
 *
 * @throws ClientError for a key that is refused
 */
export async function* watch(
  { stream }: Transport,
  { signal = new AbortController().signal, restMs = 1000 }: WatchOptions,
): AsyncGenerator<ActivityView, void> {
  while (!signal.aborted) {
    try {
      const body = await stream("/v1/events", signal);
      for await (const data of eventsOf(body, signal)) yield JSON.parse(data) as ActivityView;
    } catch (error) {
      if (signal.aborted) return;
      const isNo = error instanceof ClientError && error.status >= 400 && error.status < 500;
      if (isNo && error.status !== 429) throw error;
    }
    await rest(restMs, signal);
  }
}

/** Data of each event; lines that are comments keep the connection open and say nothing. */
async function* eventsOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let held = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (held + value).split("\n\n");
      held = events.pop() ?? "";
      for (const event of events) {
        const data = event.split("\n").filter((line) => line.startsWith("data: "));
        if (data.length > 0 && !signal.aborted) yield data.map((line) => line.slice(6)).join("\n");
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
