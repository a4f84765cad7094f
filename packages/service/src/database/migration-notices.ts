/** What `notices.ts` is told by. One statement tells each tenant once, one transaction the same thing once. */
export const NOTICES = {
  name: "0012 notices",
  sql: `
create function tell_work() returns trigger language plpgsql as $$
begin
  perform pg_notify('expunge_work', '');
  return null;
end $$;
create trigger tell_inserted after insert on tasks for each statement execute function tell_work();
create trigger tell_work_inserted after insert on models for each statement execute function tell_work();
create function tell_changes() returns trigger language plpgsql as $$
begin
  perform pg_notify('expunge_changes', tenant_id::text) from (select distinct tenant_id from changed) tenants;
  return null;
end $$;
create trigger tell_inserted after insert on requests referencing new table as changed
  for each statement execute function tell_changes();
create trigger tell_updated after update on requests referencing new table as changed
  for each statement execute function tell_changes();
create trigger tell_inserted after insert on models referencing new table as changed
  for each statement execute function tell_changes();
create trigger tell_updated after update on models referencing new table as changed
  for each statement execute function tell_changes();
`,
} as const;
