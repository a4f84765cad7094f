/** Callbacks stand by themselves, each address for itself; what requests held of them before moves there. */
export const CALLBACKS_BY_ADDRESS = {
  name: "0005 callbacks by address",
  sql: `
create table erasures (
  tenant_id uuid not null references tenants,
  subject_request_id uuid not null,
  version text not null,
  fingerprint text not null,
  received_at timestamptz(3) not null,
  due_at timestamptz(3) not null,
  primary key (tenant_id, subject_request_id)
);
create table callbacks (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  request_id uuid references requests,
  subject_request_id uuid,
  address text not null,
  token text,
  token_digest bytea,
  receiver text not null,
  told text not null,
  attempts integer not null default 0,
  try_at timestamptz(3)
);
-- Small, however many have been told: looked at every second.
create index callbacks_to_try on callbacks (receiver, try_at) where try_at is not null;
create unique index callbacks_by_request on callbacks (request_id, token_digest);
create unique index callbacks_by_erasure on callbacks (tenant_id, subject_request_id, address);
-- A queue, not a mark on the callback: transactions of several requests would wait for each other in any order.
create table request_news (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null
);
create function note_request_news() returns trigger language plpgsql as $$
begin
  insert into request_news (request_id)
    select changed.id from changed join before on before.id = changed.id
    where changed.state <> before.state and changed.envelope ->> 'protocol' in ('opendsr', 'fides');
  return null;
end $$;
create trigger note_news after update on requests referencing old table as before new table as changed
  for each statement execute function note_request_news();
insert into erasures
  select distinct on (tenant_id, envelope ->> 'subjectRequestId') tenant_id, (envelope ->> 'subjectRequestId')::uuid,
    envelope ->> 'version', '', received_at, due_at
  from requests where envelope ->> 'protocol' = 'opendsr' order by tenant_id, envelope ->> 'subjectRequestId', received_at;
insert into callbacks (id, tenant_id, subject_request_id, address, receiver, told, try_at)
  select distinct on (tenant_id, envelope ->> 'subjectRequestId', url) gen_random_uuid(), tenant_id, (envelope ->> 'subjectRequestId')::uuid, url,
    tenant_id || ' ' || coalesce(substring(url from '^[a-zA-Z]+://[^/?#]+'), ''),
    case envelope -> 'delivery' ->> 'notified' when 'completed' then 'completed' when 'cancelled' then 'cancelled' else 'pending' end, now()
  from requests, jsonb_array_elements_text(envelope -> 'callbackUrls') url where envelope ->> 'protocol' = 'opendsr';
insert into callbacks (id, tenant_id, request_id, address, token, token_digest, receiver, told, try_at)
  select gen_random_uuid(), tenant_id, id, envelope ->> 'replyTo', envelope ->> 'token', sha256((envelope ->> 'token')::bytea),
    tenant_id || ' fides', 'accepted', now()
  from requests where envelope ->> 'protocol' = 'fides' and envelope ->> 'token' is not null;
drop index requests_to_tell;
update requests set envelope = envelope - 'callbackUrls' - 'delivery' - 'token' - 'replyTo' where envelope ->> 'protocol' in ('opendsr', 'fides');
`,
} as const;

/** Looked up whenever metrics are read, however many have been told. */
export const CALLBACKS_GIVEN_UP = {
  name: "0013 callbacks given up",
  sql: `create index callbacks_given_up on callbacks (id) where try_at is null and attempts >= 180;`,
} as const;

/** A token opens what it was made for until it is gone from the files, too (vacuum.ts). */
export const TOKENS_VACUUMED = {
  name: "0026 tokens of callbacks vacuumed",
  sql: `
create trigger note_token_erased after update of token on callbacks for each row
  when (old.token is not null and new.token is distinct from old.token) execute function note_erased();
-- Those of before.
insert into unvacuumed (xact) values (pg_current_xact_id()) on conflict do nothing;
`,
} as const;
