import type { PGlite } from "@electric-sql/pglite";
import type pg from "pg";
import { endClient } from "./end-client.js";

/** What is told: that there is work for workers, or that something of a tenant has changed, by the tenant's id. */
export type Channel = "expunge_work" | "expunge_changes";
const CHANNELS: readonly Channel[] = ["expunge_work", "expunge_changes"];

/** Somebody who is told. */
export interface Listening {
  /** Whether notices come now. Where they do not, and every so often where they do, one has to look. */
  readonly isLive: boolean;
  stop(): void;
}

/** What transactions tell when they commit (LISTEN, NOTIFY): told to every process that is there at that time, and kept for nobody. */
export interface Notices {
  /** @param onNotice told what was notified, or null after a time without notices: some may have been missed */
  listen(channel: Channel, onNotice: (payload: string | null) => void): Listening;
  close(): Promise<void>;
}

/** A connection that breaks is opened again after so long. */
const RETRY_MS = 1000;

interface Listener {
  readonly channel: Channel;
  readonly onNotice: (payload: string | null) => void;
}

/**
 * Notices by a connection of their own, for as long as anybody listens.
 *
 * @param probeMs how often it is asked whether its other end is still there: one that a cut network hides says nothing, and ends nothing
 */
export function createNotices(open: () => pg.Client, probeMs: number): Notices {
  const listeners = new Set<Listener>();
  let client: pg.Client | null = null;
  let live: pg.Client | null = null;
  let timer: NodeJS.Timeout | null = null;

  function connect(): void {
    if (client !== null || listeners.size === 0) return;
    const one = open();
    client = one;
    one.on("notification", ({ channel, payload = "" }) => {
      for (const listener of listeners) if (listener.channel === channel) listener.onNotice(payload);
    });
    one.on("error", () => drop(one));
    one.on("end", () => drop(one));
    begin(one).catch(() => drop(one));
  }

  async function begin(one: pg.Client): Promise<void> {
    await one.connect();
    await one.query(CHANNELS.map((channel) => `listen ${channel}`).join("; "));
    if (client !== one) return;
    live = one;
    for (const { onNotice } of listeners) onNotice(null);
    probe(one);
  }

  function probe(one: pg.Client): void {
    if (live !== one) return;
    timer = setTimeout(() => {
      one.query("select 1").then(
        () => probe(one),
        () => drop(one),
      );
    }, probeMs);
    timer.unref();
  }

  function drop(one: pg.Client): void {
    void endClient(one);
    if (client !== one) return;
    client = null;
    live = null;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(connect, RETRY_MS);
    timer.unref();
  }

  async function disconnect(): Promise<void> {
    const one = client;
    client = null;
    live = null;
    if (timer !== null) clearTimeout(timer);
    if (one) await endClient(one);
  }

  return {
    listen(channel, onNotice) {
      const listener = { channel, onNotice };
      listeners.add(listener);
      connect();
      return {
        get isLive() {
          return live !== null;
        },
        stop() {
          listeners.delete(listener);
          if (listeners.size === 0) void disconnect();
        },
      };
    },
    close() {
      listeners.clear();
      return disconnect();
    },
  };
}

/** Notices of an embedded database: of this process alone. */
export function embeddedNotices(lite: PGlite): Notices {
  return {
    listen(channel, onNotice) {
      const stop = lite.listen(channel, onNotice);
      stop.then(() => onNotice(null)).catch(() => {});
      return { isLive: true, stop: () => void stop.then((end) => end()).catch(() => {}) };
    },
    async close() {},
  };
}
