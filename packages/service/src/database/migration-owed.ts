/** What the restores of a database have left to be done before the models in question are served. Of one that is unfinished it is all that waits. */
export const OWED_TASKS = {
  name: "0021 what restores owe",
  sql: `
create table owed_tasks (
  model_id uuid not null,
  request_id uuid not null,
  primary key (model_id, request_id)
);
insert into owed_tasks (model_id, request_id)
  select tasks.model_id, tasks.request_id from tasks join models on models.id = tasks.model_id
  where tasks.state = 'waiting' and models.state = 'ready' and exists (select from restores where finished_at is null);
-- Nobody takes back what may have been done in the lost database.
update requests set state = 'running' where state = 'accepted' and exists (select from restores where finished_at is null);
`,
} as const;
