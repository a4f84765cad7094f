import { CALLBACKS_BY_ADDRESS, CALLBACKS_GIVEN_UP, TOKENS_VACUUMED } from "./migration-callbacks.js";
import { COUNTS_OF_REQUESTS } from "./migration-counts.js";
import { FAILED_LESSONS } from "./migration-failed-lessons.js";
import { LIVING_MODELS } from "./migration-living.js";
import { NEW_ROWS_NAMED } from "./migration-new-rows.js";
import { NOTICES } from "./migration-notices.js";
import { ORIGIN_OF_LEDGER } from "./migration-origin.js";
import { OWED_TASKS } from "./migration-owed.js";
import { ROWS_OUTSIDE } from "./migration-rows.js";
import { VACUUM_DUE } from "./migration-vacuum.js";
import { WAITING_ROWS } from "./migration-waiting.js";
import { WITHOUT_DELETED } from "./migration-without-deleted.js";

/**
 * What databases of the first format have applied. That format was never published, and its models cannot go on: their weights come from a process
 * without a ball and without grids, of which the accountant of today proves nothing. So such a database is refused, not brought up to date.
 */
export const FIRST_FORMAT = "0001 first";

/** Changes to the database, in order. One that has been published is never edited: a new one follows it. */
export const MIGRATIONS: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: "0001 format 2",
    sql: `
create table tenants (
  id uuid primary key,
  name text not null unique,
  secret bytea not null,
  created_at timestamptz(3) not null default now()
);
create table api_keys (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  role text not null check (role in ('submit', 'train', 'audit', 'admin')),
  label text not null,
  hash bytea not null,
  created_at timestamptz(3) not null default now(),
  revoked_at timestamptz(3)
);
create unique index api_keys_by_hash on api_keys (hash);
create table datasets (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  name text not null,
  state text not null check (state in ('uploading', 'ready', 'failed', 'deleted')),
  schema jsonb,
  description jsonb,
  secret bytea not null,
  page_rows integer not null,
  created_at timestamptz(3) not null default now()
);
create index datasets_by_tenant on datasets (tenant_id, created_at, id);
create table dataset_pages (
  dataset_id uuid not null references datasets on delete cascade,
  page integer not null,
  features bytea not null,
  labels bytea not null,
  primary key (dataset_id, page)
);
-- Numbers do not compress, and a page is always read whole.
alter table dataset_pages alter column features set storage external, alter column labels set storage external;
create table owners (
  dataset_id uuid not null references datasets on delete cascade,
  "row" integer not null,
  owner bytea not null,
  primary key (dataset_id, "row")
);
create index owners_by_owner on owners (dataset_id, owner);
create table models (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  dataset_id uuid not null references datasets,
  name text not null,
  state text not null check (state in ('waiting', 'training', 'ready', 'failed', 'deleted')),
  evaluation_dataset_id uuid references datasets,
  options jsonb not null,
  plan jsonb,
  timeline jsonb,
  disclosure jsonb,
  weights bytea,
  version integer not null default 0,
  page_slots integer not null,
  progress double precision,
  failure text,
  created_at timestamptz(3) not null default now()
);
create index models_by_tenant on models (tenant_id, created_at, id);
create index models_by_dataset on models (dataset_id);
create table model_pages (
  model_id uuid not null references models on delete cascade,
  page integer not null,
  features bytea not null,
  labels bytea not null,
  primary key (model_id, page)
);
alter table model_pages alter column features set storage external, alter column labels set storage external;
create table model_order (
  model_id uuid not null references models on delete cascade,
  page integer not null,
  slots bytea not null,
  primary key (model_id, page)
);
create table requests (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  dataset_id uuid not null references datasets,
  state text not null check (state in ('accepted', 'running', 'completed', 'failed', 'cancelled')),
  idempotency_key text,
  fingerprint bytea not null,
  row_count integer not null,
  failure text,
  received_at timestamptz(3) not null,
  due_at timestamptz(3) not null,
  completed_at timestamptz(3),
  envelope jsonb
);
create unique index requests_by_key on requests (tenant_id, idempotency_key);
create index requests_by_dataset on requests (dataset_id, state);
create index requests_by_tenant on requests (tenant_id, received_at, id);
create index requests_by_state on requests (tenant_id, state, received_at, id);
-- Those that are over, for whoever watches: only the newest are ever shown.
create index requests_over on requests (tenant_id, coalesce(completed_at, received_at), id)
  where state in ('completed', 'failed', 'cancelled');
-- Those of whose state somebody is still to be told: looked for every second, seldom more than a few.
create index requests_to_tell on requests (tenant_id, received_at)
  where envelope ->> 'protocol' in ('opendsr', 'fides') and coalesce(envelope -> 'delivery' ->> 'notified', 'accepted') <> state;
create table named_subjects (
  request_id uuid not null references requests,
  place integer not null,
  dataset_id uuid not null references datasets on delete cascade,
  owner bytea,
  digest bytea,
  primary key (request_id, place)
);
create index named_subjects_by_owner on named_subjects (dataset_id, owner);
create table claimed_rows (
  dataset_id uuid not null references datasets on delete cascade,
  "row" integer not null,
  request_id uuid not null references requests,
  primary key (dataset_id, "row", request_id)
);
create index claimed_rows_by_request on claimed_rows (request_id);
create table certificates (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  model_id uuid not null references models,
  envelope jsonb not null,
  holds jsonb not null,
  ledger_index bigint,
  created_at timestamptz(3) not null default now()
);
create index certificates_by_model on certificates (model_id, created_at, id);
create index certificates_by_tenant on certificates (tenant_id, created_at, id);
create table certified_subjects (
  certificate_id uuid not null references certificates,
  place integer not null,
  model_id uuid not null references models on delete cascade,
  owner bytea not null,
  request_id uuid not null references requests,
  digest bytea not null,
  primary key (certificate_id, place)
);
create index certified_subjects_by_owner on certified_subjects (model_id, owner);
create table tasks (
  request_id uuid not null references requests,
  model_id uuid not null references models on delete cascade,
  state text not null check (state in ('waiting', 'done', 'failed')),
  certificate_id uuid references certificates,
  failure text,
  received_at timestamptz(3) not null,
  primary key (request_id, model_id)
);
create index tasks_by_model on tasks (model_id, state);
-- In the order in which they are served; small, however many have been.
create index tasks_waiting on tasks (model_id, received_at, request_id) where state = 'waiting';
create table releases (
  model_id uuid not null references models on delete cascade,
  version integer not null,
  steps bigint not null,
  unlearn_steps bigint not null,
  request_count integer not null,
  row_count integer not null,
  noise double precision not null,
  certificate_id uuid references certificates,
  accuracy double precision,
  root_mean_squared_error double precision,
  released_at timestamptz(3) not null default now(),
  primary key (model_id, version)
);
create table restores (
  id bigint generated always as identity primary key,
  backup_created_at timestamptz(3) not null,
  restored_at timestamptz(3) not null default now(),
  finished_at timestamptz(3)
);
create table signing_keys (
  id text primary key,
  secret bytea not null,
  public_key bytea not null,
  created_at timestamptz(3) not null default now(),
  retired_at timestamptz(3)
);
create table ledger_staged (
  id bigint generated always as identity primary key,
  entry bytea not null,
  certificate_id uuid references certificates
);
create table ledger_entries (
  index bigint primary key,
  entry bytea not null
);
create table ledger_nodes (
  level integer not null,
  index bigint not null,
  hash bytea not null,
  primary key (level, index)
);
create table ledger_checkpoints (
  size bigint primary key,
  note text not null,
  created_at timestamptz(3) not null default now()
);
`,
  },
  {
    name: "0002 evaluations",
    sql: `
alter table releases add column evaluation jsonb;
`,
  },
  {
    name: "0003 leases",
    sql: `
create table leases (
  name text primary key,
  holder uuid not null,
  session uuid,
  expires_at timestamptz(3) not null
);
`,
  },
  ORIGIN_OF_LEDGER,
  CALLBACKS_BY_ADDRESS,
  {
    name: "0006 what is new for backups",
    sql: `
-- Segments of deletions read what came since the last one.
create index certificates_by_place on certificates (ledger_index, id);
create index erasures_by_time on erasures (received_at);
`,
  },
  {
    name: "0007 checkpoints of trainings",
    sql: `
create table training_checkpoints (
  model_id uuid primary key references models on delete cascade,
  plan jsonb not null,
  left_out bytea not null,
  steps_done bigint not null,
  weights bytea not null,
  saved_at timestamptz(3) not null default now()
);
-- Open requests by their due dates, however many were finished.
create index requests_due on requests (due_at) where state in ('accepted', 'running', 'failed');
`,
  },
  COUNTS_OF_REQUESTS,
  {
    name: "0009 references of requests",
    sql: `
alter table requests add column reference text;
create index requests_by_reference on requests (tenant_id, lower(reference) text_pattern_ops) where reference is not null;
`,
  },
  ROWS_OUTSIDE,
  { name: "0011 quotas", sql: "alter table tenants add column quotas jsonb;" },
  NOTICES,
  CALLBACKS_GIVEN_UP,
  { name: "0015 when objects were swept", sql: "alter table row_store add column swept_at timestamptz(3);" },
  LIVING_MODELS,
  VACUUM_DUE,
  WAITING_ROWS,
  { name: "0018 sparse rows", sql: "alter table datasets add column page_form text;" },
  NEW_ROWS_NAMED,
  FAILED_LESSONS,
  OWED_TASKS,
  {
    name: "0022 models to train",
    sql: "create index models_to_train on models (created_at, id) where state in ('waiting', 'training');",
  },
  {
    name: "0023 requests of erasures",
    sql: `
create index requests_by_erasure on requests (tenant_id, (envelope ->> 'subjectRequestId')) where envelope ->> 'protocol' = 'opendsr';
`,
  },
  { name: "0024 judgements", sql: "alter table models add column judgement jsonb;" },
  WITHOUT_DELETED,
  TOKENS_VACUUMED,
];
