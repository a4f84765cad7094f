import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { postgresPrograms } from "../../../test/postgres.js";
import { createTestDatabase } from "../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../test/synthetic.js";
import { createApiKey, createTenant } from "../src/accounts/api-keys.js";
import { type Database, openDatabase } from "../src/database/open-database.js";
import { openQueue } from "../src/database/queue.js";
import type { Role } from "../src/database/tables.js";
import type { HttpOptions } from "../src/http/options.js";
import { createServer } from "../src/http/server.js";
import { chooseOrigin } from "../src/keys/log-origin.js";
import { currentLogSigner, currentSigner } from "../src/keys/signing-keys.js";
import { createService } from "../src/service/create-service.js";
import type { Service } from "../src/service/service.js";
import { keepLedger } from "../src/work/ledger-keeper.js";
import { workOnce } from "../src/work/worker.js";

/** A key and its self-signed certificate, for nothing but tests. */
export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdNJMRDePPIxtdZzo
AjbfsZlqVMoc8XvQc6y1ULikgwehRANCAASO8C+1RH7pn1ksdC1LpxNIniw0U+T4
ybpwtSd2ch4xw4NxnZ7akLvT86ct+pnWXNkSSIo7OtCoKrDLLYhhmZ+l
-----END PRIVATE KEY-----
`;
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBsDCCAVWgAwIBAgIUawR35qMwr/Joqr8/xEQ1xP/4rSgwCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTZXhwdW5nZS5leGFtcGxlLmNvbTAgFw0yNjExMjMxMTM2NTNa
GA8yMTI2MTAzMDExMzY1M1owHjEcMBoGA1UEAwwTZXhwdW5nZS5leGFtcGxlLmNv
bTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABI7wL7VEfumfWSx0LUunE0ieLDRT
5PjJunC1J3ZyHjHDg3GdntqQu9Pzpy36mdZc2RJIijs60KgqsMstiGGZn6WjbzBt
MB0GA1UdDgQWBBSJcWRvONPluRsaLSkTuU1Gt4Pm0jAfBgNVHSMEGDAWgBSJcWRv
ONPluRsaLSkTuU1Gt4Pm0jAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxv
Y2FsaG9zdIcEfwAAATAKBggqhkjOPQQDAgNJADBGAiEAs99BkftI1XsGb7TO6BOF
7eUcj0kJSeL3HZijnYMP76wCIQCnIkg43iqj9l78xO1E8XFwl0DCProrXD1eXmfk
kc2jkA==
-----END CERTIFICATE-----
`;

type Keys = Readonly<Record<Role, string>>;
type Call = Omit<InjectOptions, "url" | "method">;

/** A service, served, with two tenants: on PostgreSQL where it is here, which starts faster than PGlite does in memory. */
export interface TestServer {
  readonly app: FastifyInstance;
  readonly service: Service;
  readonly database: Database;
  readonly tenantId: string;
  readonly strangerId: string;
  readonly keys: Keys;
  readonly strangers: Keys;
  /** Everything that was logged. */
  readonly log: () => string;
  /** A call as a role of the first tenant, or with a key of somebody's. */
  call(as: Role | { key: string | null }, what: string, call?: Call): Promise<LightMyRequestResponse>;
  /** Does all work that there is. */
  work(): Promise<void>;
  close(): Promise<void>;
}

/** @param through gives another way to PostgreSQL, one that a test can cut off, say */
export async function startTestServer(
  options: HttpOptions = {},
  through: (url: string) => Promise<string> = async (url) => url,
): Promise<TestServer> {
  const postgres = postgresPrograms() === null ? null : await createTestDatabase();
  const database = await openDatabase(postgres === null ? "memory:" : await through(postgres.url));
  const queue = await openQueue(database);
  const service = createService(database, queue);
  const lines: string[] = [];
  const log = { level: "trace", stream: { write: (line: string) => void lines.push(line) } };
  const app = createServer({
    service,
    database,
    options: { requestsPerMinute: 1e6, watchMs: 2000, log, ...options },
  });
  await app.ready();
  const tenantId = await createTenant(database, "first");
  const strangerId = await createTenant(database, "second");
  const keys = await keysOf(database, tenantId);
  const signer = async () => (await database.transaction((transaction) => currentSigner(transaction))).signer;
  // As a service does when it starts: its keys are never missing.
  await signer();
  await chooseOrigin(database.queries, "log.example");
  await database.transaction((transaction) => currentLogSigner(transaction));
  return {
    app,
    service,
    database,
    tenantId,
    strangerId,
    keys,
    strangers: await keysOf(database, strangerId),
    log: () => lines.join(""),
    call(as, what, call = {}) {
      const [method, url] = what.split(" ") as ["GET", string];
      const key = typeof as === "string" ? keys[as] : as.key;
      const headers = { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...call.headers };
      return app.inject({ ...call, method, url, headers });
    },
    async work() {
      while ((await workOnce({ database, queue, signer })) > 0);
      await keepLedger(database);
    },
    async close() {
      await app.close();
      await queue.close();
      await database.close();
      await postgres?.remove();
    },
  };
}

async function keysOf(database: Database, tenantId: string): Promise<Keys> {
  const roles = ["submit", "train", "audit", "admin"] as const;
  const made = await Promise.all(
    roles.map(async (role) => [role, (await createApiKey(database, { tenantId, role, label: role })).key]),
  );
  return Object.fromEntries(made);
}

export const TEST_SCHEMA = {
  version: 1,
  task: "binary",
  label: { column: "label", positive: ["1"], negative: ["-1"] },
  subject: "who",
  columns: Array.from({ length: 3 }, (_, i) => ({ name: `x${i}`, kind: "numeric", centre: 0, scale: 1 })),
};

/** A table of people, each with some rows. */
export function testTable(rowCount = 200): { readonly csv: string; readonly subjects: readonly string[] } {
  const { features, labels, subjects } = syntheticDataset({ rowCount, featureCount: 3 });
  const lines = Array.from({ length: rowCount }, (_, i) =>
    [subjects?.[i], ...features.slice(3 * i, 3 * i + 3), labels[i]].join(","),
  );
  return { csv: ["who,x0,x1,x2,label", ...lines].join("\n") + "\n", subjects: subjects ?? [] };
}

/** A form as browsers and curl send it. */
export function formOf(parts: Record<string, string | Buffer>): {
  headers: Record<string, string>;
  payload: Buffer;
} {
  const boundary = "----boundary-of-the-tests";
  const pieces = Object.entries(parts).flatMap(([name, value]) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\n\r\n`),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ]);
  const payload = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
  return { headers: { "content-type": `multipart/form-data; boundary=${boundary}` }, payload };
}

export const TEST_FIT = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

/** Uploads the test table and trains a model on it. */
export async function trainTestModel(server: TestServer): Promise<{ datasetId: string; modelId: string }> {
  const form = formOf({ name: "people", schema: JSON.stringify(TEST_SCHEMA), data: testTable().csv });
  const dataset = await server.call("train", "POST /v1/datasets", form);
  if (dataset.statusCode !== 201) throw new Error(dataset.body);
  const datasetId: string = dataset.json().id;
  const payload = { name: "m", datasetId, options: TEST_FIT };
  const model = await server.call("train", "POST /v1/models", { payload });
  if (model.statusCode !== 202) throw new Error(model.body);
  await server.work();
  return { datasetId, modelId: model.json().id };
}
