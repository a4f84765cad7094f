/** Rows arrive and are corrected, and models go on learning. What is there already is told apart by what it has. */
export const LIVING_MODELS = {
  name: "0014 living models",
  sql: `
-- Rows of its data set that a model has looked at: those behind them wait for its next lesson.
alter table models add column row_count integer not null default 0;
update models set row_count = coalesce((plan -> 'process' ->> 'rowCount')::integer, 0);
alter table models add column schedule jsonb;
-- When rows joined a model, where not at its start.
create table joined_rows (
  model_id uuid not null references models on delete cascade,
  first_row integer not null,
  end_row integer not null,
  step bigint not null,
  primary key (model_id, first_row)
);
create table additions (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  dataset_id uuid not null references datasets on delete cascade,
  idempotency_key text,
  fingerprint bytea not null,
  first_row integer not null,
  row_count integer not null,
  received_at timestamptz(3) not null default now()
);
create unique index additions_by_key on additions (tenant_id, idempotency_key);
create index additions_by_dataset on additions (dataset_id);
alter table requests add column kind text not null default 'deletion' check (kind in ('deletion', 'correction'));
create table corrected_rows (
  request_id uuid not null references requests on delete cascade,
  dataset_id uuid not null references datasets on delete cascade,
  "row" integer not null,
  successor integer not null,
  primary key (request_id, "row")
);
create unique index corrected_rows_by_successor on corrected_rows (dataset_id, successor);
alter table tasks add column removed_count integer;
alter table releases add column kind text not null default 'deletion'
  check (kind in ('training', 'deletion', 'correction', 'lesson'));
update releases set kind = 'training' where request_count = 0;
alter table releases add column joined_count integer not null default 0;
update releases set joined_count = models.row_count from models where models.id = model_id and kind = 'training';
create table lessons (
  id uuid primary key,
  model_id uuid not null references models on delete cascade,
  state text not null check (state in ('waiting', 'done', 'failed')),
  options jsonb not null,
  is_scheduled boolean not null,
  row_count integer,
  version integer,
  failure text,
  asked_at timestamptz(3) not null default now(),
  finished_at timestamptz(3)
);
create unique index lessons_waiting on lessons (model_id) where state = 'waiting';
create index lessons_by_model on lessons (model_id, asked_at, id);
create trigger tell_work_inserted after insert on lessons for each statement execute function tell_work();
`,
} as const;
