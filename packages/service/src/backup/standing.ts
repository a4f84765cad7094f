import { WHERE_SEALED } from "../keys/signing-key-seal.js";
import type { TableName } from "./copy-rows.js";

/**
 * How things stand, in every segment: of the restored database this is made good. No secret that opens without the database key is among it: of a
 * key that is not sealed there is the public half.
 */
export const STANDING: readonly { readonly table: TableName; readonly columns: string }[] = [
  // None is {}: null is what segments say that know nothing of quotas.
  { table: "tenants", columns: "id, name, created_at, coalesce(quotas, '{}') as quotas" },
  { table: "api_keys", columns: "*" },
  { table: "datasets", columns: "id, tenant_id, name, state, page_rows, created_at" },
  {
    table: "models",
    columns: "id, tenant_id, dataset_id, name, state, options, version, page_slots, created_at",
  },
  {
    table: "signing_keys",
    columns: `id, public_key, created_at, retired_at, case when ${WHERE_SEALED} then secret else '' end as secret`,
  },
  { table: "ledger_origin", columns: "*" },
  { table: "ledger_staged", columns: "*" },
];
