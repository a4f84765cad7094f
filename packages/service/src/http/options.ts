import type { FidesOptions } from "../protocols/fides.js";
import type { OpendsrOptions } from "../protocols/opendsr.js";
import type { Pages } from "./pages.js";

/** Where the log goes. */
export interface LogOptions {
  /** "trace", "debug", "info" (the default), "warn", "error" or "fatal". */
  readonly level?: string;
  /** Takes one line of JSON at a time. */
  readonly stream?: LogStream;
}

/** Takes lines of a log. */
export interface LogStream {
  /** One line of JSON with its newline. */
  write(line: string): void;
}

/** How the service is served. */
export interface HttpOptions {
  /** Certificate and key in PEM; without it a server listens to its own machine only. */
  readonly tls?: { readonly key: string | Uint8Array; readonly cert: string | Uint8Array };
  /** Structured log of requests: on standard output, or to a stream; default none. */
  readonly log?: boolean | LogOptions;
  /** Requests a minute and key; default 600. Routes of OpenDSR take ten times as many, for its callers must not be throttled. */
  readonly requestsPerMinute?: number;
  /** Bytes of a body that is no upload; default 1 MiB. Requests and predictions take sixteen times as much. */
  readonly bodyLimit?: number;
  /** Bytes of an upload; default 10 GiB. */
  readonly uploadLimit?: number;
  /** How long a whole request may take to arrive; default an hour, for uploads. 0 for any time. */
  readonly requestTimeoutMs?: number;
  /** How long a caller may send nothing of a request that has begun, or take for its headers (no longer than for the whole) or TLS's greeting; default 10,000 ms. */
  readonly silenceMs?: number;
  /** How long an answer may take, uploads aside; default 60,000 ms. */
  readonly answerTimeoutMs?: number;
  /** How long a watcher is told of changes before it must ask again, default 600,000 ms. */
  readonly watchMs?: number;
  /** Watchers of one tenant at once; one more is told to come back later. Default 200. */
  readonly watchersPerTenant?: number;
  /**
   * Uploads, additions and corrections of one tenant at once, those that wait for their turn among them; default 32. The tables of all of them together may
   * have as many bytes as one alone (`uploadLimit`). Whoever has more is told to come back later.
   */
  readonly uploadsPerTenant?: number;
  /** Where uploads wait until they are stored, in files without names under keys in memory; default the temporary directory. */
  readonly scratch?: string;
  /** Lets everybody read the ledger; default keys of role audit and admin. */
  readonly isLedgerPublic?: boolean;
  /** Lets everybody read /metrics; default keys of role audit and admin. */
  readonly areMetricsPublic?: boolean;
  /**
   * Proxies of your own between callers and this server, each of which appends to X-Forwarded-For; default 0. A caller's address is so many places
   * from the header's right: what stands further left the caller may have written.
   */
  readonly trustedProxies?: number;
  /** The dashboard, served at / (`readPages`); default none. */
  readonly pages?: Pages;
  /** OpenDSR 2.0 at /opendsr/v2; not there unless this is given. */
  readonly opendsr?: OpendsrOptions;
  /** Fides to which the end of a request is reported, by `reply-to` headers; refused unless this is given. */
  readonly fides?: FidesOptions;
}

export const MIB = 2 ** 20;

export const DEFAULTS = {
  requestsPerMinute: 600,
  bodyLimit: MIB,
  uploadLimit: 10 * 1024 * MIB,
  requestTimeoutMs: 3_600_000,
  silenceMs: 10_000,
  answerTimeoutMs: 60_000,
  watchMs: 600_000,
  watchersPerTenant: 200,
  uploadsPerTenant: 32,
} as const;
