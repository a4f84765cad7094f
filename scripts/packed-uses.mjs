/** What users of the packages write, for scripts/try-packed.mjs: type-checked and bundled in empty projects. */
export const LIBRARY_USE = `
import { createSigner, fit, publicKeyToPem, verify, type Model, type Holds } from "expunge";
import { planUnlearning } from "expunge/accounting";
import { runAudit } from "expunge/audit";
import { createDataset, parseSchema, readTable, type Dataset } from "expunge/data";
import { createKernel, type Kernel } from "expunge/engine";
import { leafHash } from "expunge/ledger";
import { runRelease, type RunningProcess } from "expunge/process";
import { verify as verifyAlone, type Verification } from "expunge/verify";

export async function use(data: Dataset): Promise<Holds | null> {
  const model: Model = await fit(data);
  const signer = createSigner();
  const { certificate } = await model.forget({ rows: [0] }, { signer });
  if (!certificate) return null;
  const found: Verification = verifyAlone(certificate, { publicKey: publicKeyToPem(signer.publicKey) });
  // @ts-expect-error a number is no data set: the types are there
  await fit(5);
  return found.holds;
}
export const rest = [verify, planUnlearning, runAudit, createDataset, parseSchema, readTable, createKernel, leafHash, runRelease];
export type Rest = [Kernel, RunningProcess];
`;

export const BROWSER_USE = `
import { fit, verify } from "expunge";
import { planUnlearning } from "expunge/accounting";
import { createKernel } from "expunge/engine";
import { verify as verifyAlone } from "expunge/verify";
globalThis.expunge = { fit, verify, planUnlearning, createKernel, verifyAlone };
`;

export const CLIENT_USE = `
import { createClient, type ModelView } from "@expunge/client";
export const models = async (): Promise<readonly ModelView[]> =>
  (await createClient({ url: "https://example.com", key: "k" }).models.list()).items;
`;

export const SERVICE_USE = `
import { createServer, openDatabase, openRuntime, type HttpOptions } from "@expunge/service";
export const options: HttpOptions = { log: false };
export const parts = [createServer, openDatabase, openRuntime];
`;
