/**
 * How many requests are in each state is counted by the transactions that change it, and what is open stands in indexes of its own: what a
 * dashboard asks twice a second does not grow with what is over.
 */
export const COUNTS_OF_REQUESTS = {
  name: "0008 counts of requests",
  sql: `
create table request_counts (
  tenant_id uuid not null references tenants,
  state text not null,
  count bigint not null,
  primary key (tenant_id, state)
);
-- Added up every few seconds. If transactions changed the counts themselves, all of a tenant's would wait for each other.
create table request_count_changes (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  state text not null,
  change integer not null
);
create index request_count_changes_by_tenant on request_count_changes (tenant_id);
insert into request_counts select tenant_id, state, count(*) from requests group by tenant_id, state;
create function count_requests() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into request_count_changes (tenant_id, state, change)
      select tenant_id, state, count(*) from changed group by tenant_id, state;
  elsif tg_op = 'DELETE' then
    insert into request_count_changes (tenant_id, state, change)
      select tenant_id, state, -count(*) from before group by tenant_id, state;
  else
    insert into request_count_changes (tenant_id, state, change)
      select tenant_id, state, sum(change) from (
        select tenant_id, state, 1 as change from changed union all select tenant_id, state, -1 from before
      ) moved group by tenant_id, state having sum(change) <> 0;
  end if;
  return null;
end $$;
create trigger count_inserted after insert on requests referencing new table as changed
  for each statement execute function count_requests();
create trigger count_updated after update on requests referencing old table as before new table as changed
  for each statement execute function count_requests();
create trigger count_deleted after delete on requests referencing old table as before
  for each statement execute function count_requests();
create index requests_open on requests (tenant_id, received_at, id) where state in ('accepted', 'running');
`,
} as const;
