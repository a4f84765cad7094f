/** Rows leave the database: what stays are the places and keys of their pages. */
export const ROWS_OUTSIDE = {
  name: "0010 rows outside",
  sql: `
-- Sets this database's objects apart from others' in the same folder or bucket.
create table row_store (
  id uuid primary key default gen_random_uuid(),
  is_marked boolean not null default false
);
insert into row_store default values;
create table row_objects (
  id uuid primary key,
  byte_count bigint not null,
  created_at timestamptz(3) not null default now(),
  unused_since timestamptz(3),
  is_condemned boolean not null default false
);
-- Moved from there by the first who opens the service, and then dropped (rows/move-rows.ts): SQL writes no objects.
alter table dataset_pages rename to rows_within_dataset_pages;
alter table model_pages rename to rows_within_model_pages;
alter table model_order rename to rows_within_model_order;
create table dataset_pages (
  dataset_id uuid not null references datasets on delete cascade,
  page integer not null,
  key bytea not null,
  object_id uuid not null references row_objects,
  start_byte integer not null,
  byte_count integer not null,
  primary key (dataset_id, page)
);
create table model_pages (
  model_id uuid not null references models on delete cascade,
  page integer not null,
  key bytea not null,
  object_id uuid not null references row_objects,
  start_byte integer not null,
  byte_count integer not null,
  primary key (model_id, page)
);
create table model_order (like model_pages including all);
alter table model_order
  add foreign key (model_id) references models on delete cascade,
  add foreign key (object_id) references row_objects;
create index dataset_pages_by_object on dataset_pages (object_id);
create index model_pages_by_object on model_pages (object_id);
create index model_order_by_object on model_order (object_id);
`,
};
