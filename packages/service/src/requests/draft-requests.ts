import { ExpungeError } from "expunge";
import type { SubjectForm } from "expunge/process";
import { type KeyDigest, keyDigests } from "../accounts/idempotency.js";
import { OPEN_GATES, passGates } from "../database/dataset-gates.js";
import { isId, newId, notFound } from "../database/ids.js";
import type { SqlExecutor } from "../database/open-database.js";
import type { DatasetState } from "../database/tables.js";
import { type Keyring, keyringOf } from "../keys/keyring.js";
import { type DeletionRequest, fingerprintOf } from "./deletion-request.js";
import { type Named, rowsNamed, type SearchedDataset } from "./rows-named.js";

export interface Asked {
  readonly tenantId: string;
  readonly request: DeletionRequest;
}

/** A request that is about to be stored. */
export interface Draft extends Asked {
  readonly id: string;
  readonly keyring: Keyring;
  readonly fingerprint: Uint8Array;
  /** As it is stored: its HMAC. */
  readonly idempotencyKey: string | null;
  readonly named: Named;
  /** Whether the tenant has any. */
  readonly hasQuotas: boolean;
  /** Whether the data set has models that may have its rows. */
  readonly hasModels: boolean;
}

/** A request that was taken in before its data set was deleted, and is sent again. */
export interface Remembered {
  readonly id: string;
  readonly isRepeated: true;
  /** It went with the data set. */
  readonly keyring: null;
}

export const isDraft = (item: Draft | Remembered | ExpungeError): item is Draft => "fingerprint" in item;

/** Somebody holds the data set that a request names, a model of it, or its tenant's quotas, and the others are not to wait for that. */
export class DatasetHeld extends ExpungeError {
  constructor() {
    super("E_LOCKED", "The data set is being changed. Try again a little later.");
  }
}

/** Somebody has used the idempotency key of a request, or of another one of its lot, and has not committed it. */
export class KeyHeld extends ExpungeError {
  constructor() {
    super(
      "E_LOCKED",
      "A request under this idempotency key is just being taken in. Try again a little later.",
    );
  }
}

/** A request that others of its lot are not to wait for: nothing of it was stored. */
export class SetAside extends ExpungeError {
  /** Rows that it names, found by their owners too. */
  readonly rowCount: number;
  /** Whether pages of its data set are to be written, for it and others. */
  readonly isErasing: boolean;

  constructor(rowCount: number, isErasing: boolean) {
    super("E_LOCKED", "The request takes long. Try again a little later.");
    this.rowCount = rowCount;
    this.isErasing = isErasing;
  }
}

/** "wait": until nobody holds a data set. "skip": a request for one that is held is answered with DatasetHeld. */
export type OnHeld = "wait" | "skip";

/**
 * Looks everything up that requests name, by as many statements for many requests as for one.
 *
 * @param mostRows as of `rowsNamed`
 */
export async function draftRequests(
  executor: SqlExecutor,
  asked: readonly Asked[],
  onHeld: OnHeld = "wait",
  mostRows: number = Number.POSITIVE_INFINITY,
): Promise<(Draft | Remembered | ExpungeError)[]> {
  const locked = await lockDatasets(executor, asked, onHeld);
  const held = onHeld === "wait" ? new Set<string>() : await heldAmong(executor, asked, locked);
  const withKeys = asked.filter(({ request }) => request.idempotencyKey !== undefined);
  const digests = await keyDigests(
    executor,
    withKeys.map(({ tenantId }) => tenantId),
  );
  const digestOf = ({ tenantId, request: { idempotencyKey: key } }: Asked): string | null =>
    key === undefined ? null : (digests.get(tenantId) as KeyDigest)(key);
  const searched = asked.map((one) =>
    held.has(one.request.datasetId) ? new DatasetHeld() : searchedBy(one, locked),
  );
  const ready = asked.flatMap((one, i) => {
    const dataset = searched[i]!;
    return dataset instanceof ExpungeError ? [] : [{ ...one, dataset }];
  });
  const named = (await rowsNamed(executor, ready, mostRows)).values();
  const drafts: (Draft | Remembered | ExpungeError)[] = [];
  for (const [i, one] of asked.entries()) {
    const dataset = searched[i]!;
    if (!(dataset instanceof ExpungeError)) {
      const found = named.next().value!;
      drafts.push(found instanceof ExpungeError ? found : draftOf(one, dataset, found, digestOf(one)));
      continue;
    }
    const key = locked.has(one.request.datasetId) || dataset instanceof DatasetHeld ? null : digestOf(one);
    drafts.push((key && (await findRemembered(executor, one, key))) || dataset);
  }
  return drafts;
}

function draftOf(
  one: Asked,
  { keyring, hasQuotas, hasModels }: ReadyDataset,
  named: Named,
  idempotencyKey: string | null,
): Draft {
  const fingerprint = fingerprintOf(one.request, keyring);
  return { ...one, id: newId(), keyring, fingerprint, idempotencyKey, named, hasQuotas, hasModels };
}

interface Locked {
  readonly id: string;
  readonly tenant_id: string;
  readonly state: DatasetState;
  readonly secret: Uint8Array;
  /** null until all rows are there, as the form. */
  readonly row_count: number | null;
  readonly subject_form: SubjectForm | null;
  readonly has_quotas: boolean;
  readonly has_models: boolean;
}

interface ReadyDataset extends SearchedDataset {
  readonly hasQuotas: boolean;
  readonly hasModels: boolean;
}

/** Data sets that requests name, by their ids. */
async function lockDatasets(
  executor: SqlExecutor,
  asked: readonly Asked[],
  onHeld: OnHeld,
): Promise<ReadonlyMap<string, Locked>> {
  const ids = [...new Set(asked.map(({ request }) => request.datasetId).filter(isId))];
  if (ids.length === 0) return new Map();
  if (onHeld === "wait") await passGates(executor, ids);
  const [text, name] =
    onHeld === "wait" ? [lockText(), "lock data sets"] : [LOCK_FREE, "lock free data sets"];
  const { rows } = await executor.executeSql<Locked>(text, [JSON.stringify(ids)], name);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Data sets of whoever asked that are there, and that somebody holds, or a model of them. */
async function heldAmong(
  { executeSql }: SqlExecutor,
  asked: readonly Asked[],
  locked: ReadonlyMap<string, Locked>,
): Promise<ReadonlySet<string>> {
  const missing = asked.filter(({ request: { datasetId: id } }) => isId(id) && !locked.has(id));
  if (missing.length === 0) return new Set();
  const named = missing.map(({ tenantId, request: { datasetId } }) => ({
    id: datasetId,
    tenant_id: tenantId,
  }));
  const { rows } = await executeSql<{ id: string }>(HELD, [JSON.stringify(named)]);
  return new Set(rows.map(({ id }) => id));
}

const HELD = `
select distinct id from datasets join json_to_recordset($1::json) as named(id uuid, tenant_id uuid) using (id, tenant_id)
where state <> 'deleted'`;

/** Shared: requests do not wait for each other here, only for the beginning of a training. */
const lockText = (where = ""): string => `
select datasets.id, tenant_id, datasets.state, datasets.secret, (description ->> 'rowCount')::int as row_count,
  description ->> 'subjectForm' as subject_form, quotas is not null as has_quotas,
  exists (select from models where dataset_id = datasets.id and models.state in ('training', 'ready')) as has_models
from datasets join tenants on tenants.id = tenant_id where datasets.id = any(array(select value::uuid from json_array_elements_text($1::json))) and datasets.state <> 'deleted' ${where}
order by datasets.id for share of datasets`;

/** Those that nobody holds or waits for, nor for any model of them: whoever deletes one, or gives it up, may take as long as its rows do (store-requests.ts). */
const LOCK_FREE = `
with passed as materialized (${OPEN_GATES}), free as materialized (
  select id from models where dataset_id = any(array(select id from passed))
    and state in ('training', 'ready') order by id for key share skip locked
)${lockText(`and datasets.id in (select id from passed) and not exists (
  select from models where dataset_id = datasets.id and models.state in ('training', 'ready') and models.id not in (select id from free)
)`)} skip locked`;

function searchedBy(
  { tenantId, request: { datasetId } }: Asked,
  locked: ReadonlyMap<string, Locked>,
): ReadyDataset | ExpungeError {
  const found = locked.get(datasetId);
  if (found?.tenant_id !== tenantId) return notFound("data set");
  const { id, state, secret, row_count: rowCount, subject_form: form } = found;
  if (state !== "ready" || rowCount === null)
    return new ExpungeError("E_CONFLICT", `The data set is ${state}, not ready.`);
  return {
    id,
    rowCount,
    keyring: keyringOf(secret, form ?? "none"),
    hasQuotas: found.has_quotas,
    hasModels: found.has_models,
  };
}

/** What was asked of a data set that is gone cannot be compared any more: its key was. */
async function findRemembered(
  { executeSql }: SqlExecutor,
  { tenantId, request: { datasetId } }: Asked,
  key: string,
): Promise<Remembered | null> {
  if (!isId(datasetId)) return null;
  const { rows } = await executeSql<{ id: string }>(
    "select id from requests where tenant_id = $1 and idempotency_key = $2 and dataset_id = $3",
    [tenantId, key, datasetId],
  );
  return rows[0] ? { id: rows[0].id, isRepeated: true, keyring: null } : null;
}
