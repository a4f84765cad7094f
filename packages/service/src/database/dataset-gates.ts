import type { SqlExecutor } from "./open-database.js";

/*
 * A gate stands before each data set and its models. PostgreSQL lets whoever locks a row shared pass whoever waits to have it alone: under a steady stream of
 * requests that would be for ever. Locks that are no row's have a queue: whoever is to have a data set or a model alone keeps its gate closed, and whoever takes
 * requests in passes through. Nothing else is locked before a gate, but a lease.
 */

const keyOf = (id: string): string => `hashtextextended(${id}::text, 2)`;

/** Some data sets, by a JSON array of their ids, with whether nobody is at their gates. They are passed at once, and not held: the system has room for few locks that are no row's. */
const PROBED = `select id, case when pg_try_advisory_lock_shared(${keyOf("id")}) then pg_advisory_unlock_shared(${keyOf("id")}) else false end as is_open
  from (select value::uuid as id from json_array_elements_text($1::json) offset 0) named`;

/** Ids of those data sets at whose gates nobody is, for statements that wait for nobody. */
export const OPEN_GATES = `select id from (${PROBED} offset 0) probed where is_open`;

const PASS = `select pg_advisory_xact_lock_shared(${keyOf("id")})
  from (select id from (${PROBED} offset 0) probed where not is_open order by id offset 0) closed`;

/** Within a transaction, before anything is locked: waits until whoever came first is done with a data set, or with a model of it. */
export async function passGates({ executeSql }: SqlExecutor, datasetIds: readonly string[]): Promise<void> {
  await executeSql(PASS, [JSON.stringify(datasetIds)], "pass gates");
}

/** Within a transaction, before a data set of a tenant is locked: those who come now wait until its end. Nobody keeps others from a data set that is not theirs. */
export async function closeGate(
  { executeSql }: SqlExecutor,
  tenantId: string,
  datasetId: string,
): Promise<void> {
  const text = `select pg_advisory_xact_lock(${keyOf("id")}) from datasets where id = $1 and tenant_id = $2`;
  await executeSql(text, [datasetId, tenantId], "close gate");
}

/** The same before a model of it is locked. @param tenantId whose it must be; null where a worker asks */
export async function closeGateOfModel(
  { executeSql }: SqlExecutor,
  tenantId: string | null,
  modelId: string,
): Promise<void> {
  const text = `select pg_advisory_xact_lock(${keyOf("dataset_id")}) from models where id = $1 and tenant_id = coalesce($2::uuid, tenant_id)`;
  await executeSql(text, [modelId, tenantId], "close gate of model");
}
