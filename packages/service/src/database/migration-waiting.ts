/**
 * What waits for a model is counted by what is open, however much is over: rows that a model is done with are counted once, when it is. Claims are found by
 * their requests and rows.
 */
export const WAITING_ROWS = {
  name: "0017 what waits",
  sql: `
-- In the order in which submissions lock them.
lock table claimed_rows, models in access exclusive mode;
alter table models add column settled_count integer not null default 0;
-- Left out of a model's training for a request that was taken back afterwards.
create table returned_rows (
  model_id uuid not null references models on delete cascade,
  "row" integer not null,
  primary key (model_id, "row")
);
update models m set settled_count = (
    select coalesce(sum(j.end_row - j.first_row), 0) from joined_rows j
      where j.model_id = m.id and j.first_row >= m.row_count
  ) + (
    select count(distinct c."row") from claimed_rows c join tasks t on t.request_id = c.request_id
      where t.model_id = m.id and t.state = 'done' and c.dataset_id = m.dataset_id and c."row" >= m.row_count
        and not exists (select from joined_rows j where j.model_id = m.id and c."row" >= j.first_row and c."row" < j.end_row)
  ) where m.state = 'ready';
drop index claimed_rows_by_request;
create index claimed_rows_by_request on claimed_rows (request_id, "row");
`,
} as const;
