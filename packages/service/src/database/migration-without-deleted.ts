/** What is asked often finds what is there without what was deleted, a model's trainings without its other releases, and the release of a certificate. Secrets of retired keys are vacuumed, too. */
export const WITHOUT_DELETED = {
  name: "0025 without what was deleted",
  sql: `
create index datasets_there on datasets (tenant_id, created_at, id) where state <> 'deleted';
create index models_there on models (tenant_id, created_at, id) where state <> 'deleted';
create index models_ready_by_dataset on models (dataset_id) where state = 'ready';
create index models_scheduled on models (id) where state = 'ready' and schedule is not null;
create index releases_of_trainings on releases (model_id, released_at) where kind = 'training';
create index releases_by_certificate on releases (certificate_id) where certificate_id is not null;
create trigger note_replaced after update of secret on signing_keys for each statement execute function note_erased();
-- Those of before.
insert into unvacuumed (xact) values (pg_current_xact_id()) on conflict do nothing;
`,
} as const;
