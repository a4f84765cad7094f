import { existsSync } from "node:fs";
import type { HttpOptions } from "@expunge/service";
import type { Command } from "commander";
import { ExpungeError } from "../errors.js";
import { given } from "../given.js";
import { memorySize, positiveInteger, readText, seconds, wholeNumber } from "./arguments.js";
import { databaseOption } from "./database-option.js";
import { loadService } from "./load-service.js";
import type { Output } from "./output.js";
import {
  addRuntimeOptions,
  endAtOnce,
  noteUnsealed,
  type RuntimeArguments,
  runtimeOptionsOf,
  untilStopped,
  withServiceLog,
} from "./runtime-options.js";
import type { ServiceLog } from "./service-log.js";

interface ServeOptions extends RuntimeArguments {
  readonly host: string;
  readonly port: number;
  readonly worker: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowPlainHttp?: boolean;
  readonly trustedProxies?: number;
  readonly requestsPerMinute?: number;
  readonly uploadLimit?: number;
  readonly publicLedger?: boolean;
  readonly publicMetrics?: boolean;
  readonly drain: number;
  readonly publicUrl?: string;
  readonly opendsrDomain?: string;
  readonly opendsrKey?: string;
  readonly opendsrCertificate?: string;
  readonly privateCallbacks?: boolean;
  readonly fides?: string;
}

export function addServeCommand(program: Command): void {
  const command = program
    .command("serve")
    .description(
      "Serve deletion requests over HTTP: data sets, models, requests, certificates, the ledger, a dashboard",
    )
    .addOption(databaseOption())
    .option("--host <address>", "address to listen on; this machine only unless told otherwise", "127.0.0.1")
    .option("--port <number>", "port; 0 for any that is free", wholeNumber, 8080)
    .option("--no-worker", "only answer: expunge worker does the work elsewhere (PostgreSQL)");
  addRuntimeOptions(command);
  addSafetyOptions(command);
  addProtocolOptions(command);
  command
    .addHelpText(
      "after",
      `
On its first start it makes a tenant and prints its admin key: once, since only a hash of it is kept. The embedded database survives a crash of
the process, but not of the power (it does not fsync): it is for trying Expunge and for one desk. For production give it PostgreSQL.
EXPUNGE_DATABASE_KEY (32 bytes in base64) seals signing keys at rest. Ctrl-C (or SIGTERM) finishes what is in hand first. A server that cannot start
ends with an exit code; a database that goes away later is waited for, and callers get 503 meanwhile.

Examples:
    $ expunge serve
    $ EXPUNGE_DATABASE=postgres://expunge@db.internal/expunge expunge serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem`,
    )
    .action(serve);
}

function addSafetyOptions(command: Command): void {
  command
    .option("--tls-cert <file>", "certificate in PEM: HTTPS")
    .option("--tls-key <file>", "its private key in PEM")
    .option("--allow-plain-http", "listen to other machines without TLS: where a proxy of yours does it")
    .option(
      "--trusted-proxies <count>",
      "proxies of yours that append to X-Forwarded-For: callers' addresses are taken from its right",
      positiveInteger,
    )
    .option("--requests-per-minute <count>", "of one key (default 600)", positiveInteger)
    .option("--upload-limit <size>", "bytes of an upload (default 10GB)", memorySize)
    .option("--public-ledger", "let everybody read the ledger; it names nobody")
    .option("--public-metrics", "let everybody read /metrics")
    .option(
      "--drain <seconds>",
      "how long to go on answering after SIGTERM, no longer ready (/readyz), until callers are sent elsewhere",
      seconds,
      0,
    );
}

function addProtocolOptions(command: Command): void {
  command
    .option("--public-url <url>", "address under which callers find this server")
    .option("--opendsr-domain <domain>", "OpenDSR at /opendsr/v2: the processor's domain")
    .option("--opendsr-key <file>", "private key in PEM that signs its answers")
    .option("--opendsr-certificate <file>", "the key's certificate in PEM")
    .option("--private-callbacks", "let callbacks go to private addresses and over plain http")
    .option("--fides <url>", "Fides, to which the end of its requests is reported");
}

async function serve(options: ServeOptions): Promise<void> {
  endAtOnce();
  // Only here: the server and the database's drivers would make every other command start slower.
  const http = await loadService("serve");
  await withServiceLog(options, http, (log, output) => serveWith(http, options, log, output));
}

/** Everything that may fail comes before the server listens: from then on it heals by itself, and whatever throws ends the process. */
async function serveWith(
  http: typeof import("@expunge/service"),
  options: ServeOptions,
  log: ServiceLog,
  output: Output,
): Promise<void> {
  const httpOptions = await httpOptionsOf(http, options, log);
  const runtime = await http.openRuntime({ ...runtimeOptionsOf(options, log), isWorking: options.worker });
  const { database, service } = runtime;
  try {
    await welcome(http, runtime, log, output);
    const app = http.createServer({ service, database, options: httpOptions });
    const teller = http.startCallbacks(database, httpOptions);
    try {
      const address = await http.listen(app, options);
      await untilStopped(log, `Expunge listens on ${address} (API: ${address}/openapi.json).`);
      if (options.drain > 0) await http.drain(app, options.drain * 1000);
    } finally {
      await app.close();
      await teller.stop();
    }
  } catch (error) {
    throw http.namingLostConnection(error);
  } finally {
    await runtime.close();
  }
}

async function httpOptionsOf(
  { readPages, dashboardFolder }: typeof import("@expunge/service"),
  options: ServeOptions,
  log: ServiceLog,
): Promise<HttpOptions> {
  const folder = dashboardFolder();
  const hasPages = existsSync(folder);
  if (!hasPages) log.warn("there is no dashboard in this build.");
  const { fides, scratch, uploadLimit, requestsPerMinute, trustedProxies } = options;
  const tls = await tlsOf(options);
  const opendsr = await opendsrOf(options);
  return {
    log: options.log,
    isLedgerPublic: options.publicLedger === true,
    areMetricsPublic: options.publicMetrics === true,
    ...(tls === null ? {} : { tls }),
    ...(opendsr === null ? {} : { opendsr }),
    ...(hasPages ? { pages: await readPages(folder) } : {}),
    ...given({ fides: fides === undefined ? undefined : { url: fides } }),
    ...given({ scratch, uploadLimit, requestsPerMinute, trustedProxies }),
  };
}

async function tlsOf({ tlsCert, tlsKey }: ServeOptions): Promise<NonNullable<HttpOptions["tls"]> | null> {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new ExpungeError("E_OPTION", "Expected both --tls-cert and --tls-key.");
  return { cert: await readText(tlsCert), key: await readText(tlsKey) };
}

async function opendsrOf(options: ServeOptions): Promise<NonNullable<HttpOptions["opendsr"]> | null> {
  const { opendsrDomain: domain, opendsrKey, opendsrCertificate, publicUrl, privateCallbacks } = options;
  if (domain === undefined) return null;
  if (opendsrKey === undefined || opendsrCertificate === undefined || publicUrl === undefined)
    throw new ExpungeError(
      "E_OPTION",
      "Expected --opendsr-key, --opendsr-certificate and --public-url with --opendsr-domain.",
    );
  const [key, certificate] = [await readText(opendsrKey), await readText(opendsrCertificate)];
  const callbacks = privateCallbacks ? { allowHttp: true, allowPrivate: true } : {};
  return { domain, publicUrl, key, certificate, callbacks };
}

async function welcome(
  { makeFirstTenant }: typeof import("@expunge/service"),
  runtime: import("@expunge/service").Runtime,
  log: ServiceLog,
  output: Output,
): Promise<void> {
  const { database, origin } = runtime;
  if (database.kind === "pglite")
    log.warn(
      "the embedded database survives a crash of this process, but not of the power. For production: --database postgres://...",
    );
  noteUnsealed(runtime, log.warn);
  const key = await makeFirstTenant(database);
  // No log holds a secret.
  if (key !== null)
    output.note(
      `Tenant "default" is made. Its admin key, shown this once (if it is lost, expunge tenant default makes another):\n    ${key}`,
    );
  log.note(`The ledger's origin is ${origin}.`);
}
