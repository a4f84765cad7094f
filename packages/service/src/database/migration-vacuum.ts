/**
 * Transactions that erased something: its old versions are in the files until a VACUUM that began after them (vacuum.ts). Each has a row of its own; if
 * they changed one together, all of them would wait for each other.
 */
export const VACUUM_DUE = {
  name: "0016 when to vacuum",
  sql: `
create table unvacuumed (
  xact xid8 primary key,
  erased_at timestamptz(3) not null default clock_timestamp()
);
create index unvacuumed_by_time on unvacuumed (erased_at);
-- What was erased before this.
insert into unvacuumed (xact) values (pg_current_xact_id());
create function note_erased() returns trigger language plpgsql as $$
begin
  insert into unvacuumed (xact) values (pg_current_xact_id()) on conflict do nothing;
  return null;
end $$;
create function note_pages_erased() returns trigger language plpgsql as $$
begin
  -- Pages that are placed for the first time erase nothing.
  if exists (select from gone) then
    insert into unvacuumed (xact) values (pg_current_xact_id()) on conflict do nothing;
  end if;
  return null;
end $$;
create trigger note_replaced after update on dataset_pages referencing old table as gone
  for each statement execute function note_pages_erased();
create trigger note_replaced after update on model_pages referencing old table as gone
  for each statement execute function note_pages_erased();
create trigger note_replaced after update on model_order referencing old table as gone
  for each statement execute function note_pages_erased();
create trigger note_deleted after delete on dataset_pages for each statement execute function note_erased();
create trigger note_deleted after delete on model_pages for each statement execute function note_erased();
create trigger note_deleted after delete on model_order for each statement execute function note_erased();
create trigger note_deleted after delete on training_checkpoints for each statement execute function note_erased();
create trigger note_replaced after update of weights on models for each statement execute function note_erased();
create trigger note_replaced after update of secret on datasets for each statement execute function note_erased();
`,
} as const;
