/** What waits for a model is counted by the open requests that may name rows which have come. Of those that are there already, and of those that older servers take in, nobody knows. */
export const NEW_ROWS_NAMED = {
  name: "0019 requests for new rows",
  sql: `
alter table tasks add column names_new_rows boolean not null default true;
create index tasks_for_new_rows on tasks (model_id, request_id) where names_new_rows and state in ('waiting', 'failed');
`,
} as const;
