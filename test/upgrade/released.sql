--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: pgboss; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA pgboss;


--
-- Name: job_state; Type: TYPE; Schema: pgboss; Owner: -
--

CREATE TYPE pgboss.job_state AS ENUM (
    'created',
    'retry',
    'active',
    'completed',
    'cancelled',
    'failed'
);


--
-- Name: create_queue(text, json); Type: FUNCTION; Schema: pgboss; Owner: -
--

CREATE FUNCTION pgboss.create_queue(queue_name text, options json) RETURNS void
    LANGUAGE plpgsql
    AS $_$
    DECLARE
      table_name varchar := 'j' || encode(sha224(queue_name::bytea), 'hex');
      queue_created_on timestamptz;
    BEGIN

      WITH q as (
      INSERT INTO pgboss.queue (
        name,
        policy,
        retry_limit,
        retry_delay,
        retry_backoff,
        expire_seconds,
        retention_minutes,
        dead_letter,
        partition_name
      )
      VALUES (
        queue_name,
        options->>'policy',
        (options->>'retryLimit')::int,
        (options->>'retryDelay')::int,
        (options->>'retryBackoff')::bool,
        (options->>'expireInSeconds')::int,
        (options->>'retentionMinutes')::int,
        options->>'deadLetter',
        table_name
      )
      ON CONFLICT DO NOTHING
      RETURNING created_on
      )
      SELECT created_on into queue_created_on from q;

      IF queue_created_on IS NULL THEN
        RETURN;
      END IF;

      EXECUTE format('CREATE TABLE pgboss.%I (LIKE pgboss.job INCLUDING DEFAULTS)', table_name);

      EXECUTE format('ALTER TABLE pgboss.%1$I ADD PRIMARY KEY (name, id)', table_name);
      EXECUTE format('ALTER TABLE pgboss.%1$I ADD CONSTRAINT q_fkey FOREIGN KEY (name) REFERENCES pgboss.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED', table_name);
      EXECUTE format('ALTER TABLE pgboss.%1$I ADD CONSTRAINT dlq_fkey FOREIGN KEY (dead_letter) REFERENCES pgboss.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED', table_name);
      EXECUTE format('CREATE UNIQUE INDEX %1$s_i1 ON pgboss.%1$I (name, COALESCE(singleton_key, '''')) WHERE state = ''created'' AND policy = ''short''', table_name);
      EXECUTE format('CREATE UNIQUE INDEX %1$s_i2 ON pgboss.%1$I (name, COALESCE(singleton_key, '''')) WHERE state = ''active'' AND policy = ''singleton''', table_name);
      EXECUTE format('CREATE UNIQUE INDEX %1$s_i3 ON pgboss.%1$I (name, state, COALESCE(singleton_key, '''')) WHERE state <= ''active'' AND policy = ''stately''', table_name);
      EXECUTE format('CREATE UNIQUE INDEX %1$s_i4 ON pgboss.%1$I (name, singleton_on, COALESCE(singleton_key, '''')) WHERE state <> ''cancelled'' AND singleton_on IS NOT NULL', table_name);
      EXECUTE format('CREATE INDEX %1$s_i5 ON pgboss.%1$I (name, start_after) INCLUDE (priority, created_on, id) WHERE state < ''active''', table_name);

      EXECUTE format('ALTER TABLE pgboss.%I ADD CONSTRAINT cjc CHECK (name=%L)', table_name, queue_name);
      EXECUTE format('ALTER TABLE pgboss.job ATTACH PARTITION pgboss.%I FOR VALUES IN (%L)', table_name, queue_name);
    END;
    $_$;


--
-- Name: delete_queue(text); Type: FUNCTION; Schema: pgboss; Owner: -
--

CREATE FUNCTION pgboss.delete_queue(queue_name text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    DECLARE
      table_name varchar;
    BEGIN
      WITH deleted as (
        DELETE FROM pgboss.queue
        WHERE name = queue_name
        RETURNING partition_name
      )
      SELECT partition_name from deleted INTO table_name;

      EXECUTE format('DROP TABLE IF EXISTS pgboss.%I', table_name);
    END;
    $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: archive; Type: TABLE; Schema: pgboss; Owner: -
--

CREATE TABLE pgboss.archive (
    id uuid NOT NULL,
    name text NOT NULL,
    priority integer NOT NULL,
    data jsonb,
    state pgboss.job_state NOT NULL,
    retry_limit integer NOT NULL,
    retry_count integer NOT NULL,
    retry_delay integer NOT NULL,
    retry_backoff boolean NOT NULL,
    start_after timestamp with time zone NOT NULL,
    started_on timestamp with time zone,
    singleton_key text,
    singleton_on timestamp without time zone,
    expire_in interval NOT NULL,
    created_on timestamp with time zone NOT NULL,
    completed_on timestamp with time zone,
    keep_until timestamp with time zone NOT NULL,
    output jsonb,
    dead_letter text,
    policy text,
    archived_on timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: job; Type: TABLE; Schema: pgboss; Owner: -
--

CREATE TABLE pgboss.job (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    data jsonb,
    state pgboss.job_state DEFAULT 'created'::pgboss.job_state NOT NULL,
    retry_limit integer DEFAULT 2 NOT NULL,
    retry_count integer DEFAULT 0 NOT NULL,
    retry_delay integer DEFAULT 0 NOT NULL,
    retry_backoff boolean DEFAULT false NOT NULL,
    start_after timestamp with time zone DEFAULT now() NOT NULL,
    started_on timestamp with time zone,
    singleton_key text,
    singleton_on timestamp without time zone,
    expire_in interval DEFAULT '00:15:00'::interval NOT NULL,
    created_on timestamp with time zone DEFAULT now() NOT NULL,
    completed_on timestamp with time zone,
    keep_until timestamp with time zone DEFAULT (now() + '14 days'::interval) NOT NULL,
    output jsonb,
    dead_letter text,
    policy text
)
PARTITION BY LIST (name);


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff; Type: TABLE; Schema: pgboss; Owner: -
--

CREATE TABLE pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    data jsonb,
    state pgboss.job_state DEFAULT 'created'::pgboss.job_state NOT NULL,
    retry_limit integer DEFAULT 2 NOT NULL,
    retry_count integer DEFAULT 0 NOT NULL,
    retry_delay integer DEFAULT 0 NOT NULL,
    retry_backoff boolean DEFAULT false NOT NULL,
    start_after timestamp with time zone DEFAULT now() NOT NULL,
    started_on timestamp with time zone,
    singleton_key text,
    singleton_on timestamp without time zone,
    expire_in interval DEFAULT '00:15:00'::interval NOT NULL,
    created_on timestamp with time zone DEFAULT now() NOT NULL,
    completed_on timestamp with time zone,
    keep_until timestamp with time zone DEFAULT (now() + '14 days'::interval) NOT NULL,
    output jsonb,
    dead_letter text,
    policy text,
    CONSTRAINT cjc CHECK ((name = 'train'::text))
);


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb; Type: TABLE; Schema: pgboss; Owner: -
--

CREATE TABLE pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    data jsonb,
    state pgboss.job_state DEFAULT 'created'::pgboss.job_state NOT NULL,
    retry_limit integer DEFAULT 2 NOT NULL,
    retry_count integer DEFAULT 0 NOT NULL,
    retry_delay integer DEFAULT 0 NOT NULL,
    retry_backoff boolean DEFAULT false NOT NULL,
    start_after timestamp with time zone DEFAULT now() NOT NULL,
    started_on timestamp with time zone,
    singleton_key text,
    singleton_on timestamp without time zone,
    expire_in interval DEFAULT '00:15:00'::interval NOT NULL,
    created_on timestamp with time zone DEFAULT now() NOT NULL,
    completed_on timestamp with time zone,
    keep_until timestamp with time zone DEFAULT (now() + '14 days'::interval) NOT NULL,
    output jsonb,
    dead_letter text,
    policy text,
    CONSTRAINT cjc CHECK ((name = 'unlearn'::text))
);


--
-- Name: queue; Type: TABLE; Schema: pgboss; Owner: -
--

CREATE TABLE pgboss.queue (
    name text NOT NULL,
    policy text,
    retry_limit integer,
    retry_delay integer,
    retry_backoff boolean,
    expire_seconds integer,
    retention_minutes integer,
    dead_letter text,
    partition_name text,
    created_on timestamp with time zone DEFAULT now() NOT NULL,
    updated_on timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: schedule; Type: TABLE; Schema: pgboss; Owner: -
--

CREATE TABLE pgboss.schedule (
    name text NOT NULL,
    cron text NOT NULL,
    timezone text,
    data jsonb,
    options jsonb,
    created_on timestamp with time zone DEFAULT now() NOT NULL,
    updated_on timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: subscription; Type: TABLE; Schema: pgboss; Owner: -
--

CREATE TABLE pgboss.subscription (
    event text NOT NULL,
    name text NOT NULL,
    created_on timestamp with time zone DEFAULT now() NOT NULL,
    updated_on timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: version; Type: TABLE; Schema: pgboss; Owner: -
--

CREATE TABLE pgboss.version (
    version integer NOT NULL,
    maintained_on timestamp with time zone,
    cron_on timestamp with time zone,
    monitored_on timestamp with time zone
);


--
-- Name: api_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_keys (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    role text NOT NULL,
    label text NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp(3) with time zone,
    CONSTRAINT api_keys_role_check CHECK ((role = ANY (ARRAY['submit'::text, 'train'::text, 'audit'::text, 'admin'::text])))
);


--
-- Name: certificates; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.certificates (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    model_id uuid NOT NULL,
    envelope jsonb NOT NULL,
    holds jsonb NOT NULL,
    ledger_index bigint,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL
);


--
-- Name: certified_subjects; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.certified_subjects (
    certificate_id uuid NOT NULL,
    place integer NOT NULL,
    model_id uuid NOT NULL,
    owner bytea NOT NULL,
    request_id uuid NOT NULL,
    digest bytea NOT NULL
);


--
-- Name: claimed_rows; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.claimed_rows (
    dataset_id uuid NOT NULL,
    "row" integer NOT NULL,
    request_id uuid NOT NULL
);


--
-- Name: dataset_pages; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.dataset_pages (
    dataset_id uuid NOT NULL,
    page integer NOT NULL,
    features bytea NOT NULL,
    labels bytea NOT NULL
);
ALTER TABLE ONLY public.dataset_pages ALTER COLUMN features SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.dataset_pages ALTER COLUMN labels SET STORAGE EXTERNAL;


--
-- Name: datasets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.datasets (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    schema jsonb,
    description jsonb,
    secret bytea NOT NULL,
    page_rows integer NOT NULL,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
    CONSTRAINT datasets_state_check CHECK ((state = ANY (ARRAY['uploading'::text, 'ready'::text, 'failed'::text, 'deleted'::text])))
);


--
-- Name: expunge_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.expunge_migrations (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: ledger_checkpoints; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_checkpoints (
    size bigint NOT NULL,
    note text NOT NULL,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL
);


--
-- Name: ledger_entries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_entries (
    index bigint NOT NULL,
    entry bytea NOT NULL
);


--
-- Name: ledger_nodes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_nodes (
    level integer NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL
);


--
-- Name: ledger_staged; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_staged (
    id bigint NOT NULL,
    entry bytea NOT NULL,
    certificate_id uuid
);


--
-- Name: ledger_staged_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.ledger_staged ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ledger_staged_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: model_order; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.model_order (
    model_id uuid NOT NULL,
    page integer NOT NULL,
    slots bytea NOT NULL
);


--
-- Name: model_pages; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.model_pages (
    model_id uuid NOT NULL,
    page integer NOT NULL,
    features bytea NOT NULL,
    labels bytea NOT NULL
);
ALTER TABLE ONLY public.model_pages ALTER COLUMN features SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.model_pages ALTER COLUMN labels SET STORAGE EXTERNAL;


--
-- Name: models; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.models (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    evaluation_dataset_id uuid,
    options jsonb NOT NULL,
    plan jsonb,
    timeline jsonb,
    disclosure jsonb,
    weights bytea,
    version integer DEFAULT 0 NOT NULL,
    page_slots integer NOT NULL,
    progress double precision,
    failure text,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
    CONSTRAINT models_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'training'::text, 'ready'::text, 'failed'::text, 'deleted'::text])))
);


--
-- Name: named_subjects; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.named_subjects (
    request_id uuid NOT NULL,
    place integer NOT NULL,
    dataset_id uuid NOT NULL,
    owner bytea,
    digest bytea
);


--
-- Name: owners; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.owners (
    dataset_id uuid NOT NULL,
    "row" integer NOT NULL,
    owner bytea NOT NULL
);


--
-- Name: releases; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.releases (
    model_id uuid NOT NULL,
    version integer NOT NULL,
    steps bigint NOT NULL,
    unlearn_steps bigint NOT NULL,
    request_count integer NOT NULL,
    row_count integer NOT NULL,
    noise double precision NOT NULL,
    certificate_id uuid,
    accuracy double precision,
    root_mean_squared_error double precision,
    released_at timestamp(3) with time zone DEFAULT now() NOT NULL,
    evaluation jsonb
);


--
-- Name: requests; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.requests (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    state text NOT NULL,
    idempotency_key text,
    fingerprint bytea NOT NULL,
    row_count integer NOT NULL,
    failure text,
    received_at timestamp(3) with time zone NOT NULL,
    due_at timestamp(3) with time zone NOT NULL,
    completed_at timestamp(3) with time zone,
    envelope jsonb,
    CONSTRAINT requests_state_check CHECK ((state = ANY (ARRAY['accepted'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);


--
-- Name: restores; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.restores (
    id bigint NOT NULL,
    backup_created_at timestamp(3) with time zone NOT NULL,
    restored_at timestamp(3) with time zone DEFAULT now() NOT NULL,
    finished_at timestamp(3) with time zone
);


--
-- Name: restores_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.restores ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.restores_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: signing_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.signing_keys (
    id text NOT NULL,
    secret bytea NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
    retired_at timestamp(3) with time zone
);


--
-- Name: tasks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tasks (
    request_id uuid NOT NULL,
    model_id uuid NOT NULL,
    state text NOT NULL,
    certificate_id uuid,
    failure text,
    received_at timestamp(3) with time zone NOT NULL,
    CONSTRAINT tasks_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'done'::text, 'failed'::text])))
);


--
-- Name: tenants; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tenants (
    id uuid NOT NULL,
    name text NOT NULL,
    secret bytea NOT NULL,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL
);


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff; Type: TABLE ATTACH; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.job ATTACH PARTITION pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff FOR VALUES IN ('train');


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb; Type: TABLE ATTACH; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.job ATTACH PARTITION pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb FOR VALUES IN ('unlearn');


--
-- Data for Name: archive; Type: TABLE DATA; Schema: pgboss; Owner: -
--

COPY pgboss.archive (id, name, priority, data, state, retry_limit, retry_count, retry_delay, retry_backoff, start_after, started_on, singleton_key, singleton_on, expire_in, created_on, completed_on, keep_until, output, dead_letter, policy, archived_on) FROM stdin;
\.


--
-- Data for Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff; Type: TABLE DATA; Schema: pgboss; Owner: -
--

COPY pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff (id, name, priority, data, state, retry_limit, retry_count, retry_delay, retry_backoff, start_after, started_on, singleton_key, singleton_on, expire_in, created_on, completed_on, keep_until, output, dead_letter, policy) FROM stdin;
dc8235a9-cdde-43eb-867a-6ad809ade596	train	0	{"modelId": "6be94458-1794-461f-9362-1837bfe5d1a5"}	completed	20	0	1	t	2026-11-29 21:48:09.166602+00	2026-11-29 21:48:09.588657+00	\N	\N	06:00:00	2026-11-29 21:48:09.166602+00	2026-11-29 21:48:10.528339+00	2026-12-13 21:48:09.166602+00	\N	\N	standard
\.


--
-- Data for Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb; Type: TABLE DATA; Schema: pgboss; Owner: -
--

COPY pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb (id, name, priority, data, state, retry_limit, retry_count, retry_delay, retry_backoff, start_after, started_on, singleton_key, singleton_on, expire_in, created_on, completed_on, keep_until, output, dead_letter, policy) FROM stdin;
ac7a354c-105e-4b7c-8989-afc2d14fdbd1	unlearn	0	{"modelId": "6be94458-1794-461f-9362-1837bfe5d1a5"}	completed	20	0	1	t	2026-11-29 21:48:11.165135+00	2026-11-29 21:48:12.246926+00	\N	\N	00:15:00	2026-11-29 21:48:11.165135+00	2026-11-29 21:48:13.352958+00	2026-12-13 21:48:11.165135+00	\N	\N	standard
696b13b0-4d6a-4ffc-afce-780174cfe583	unlearn	0	{"modelId": "6be94458-1794-461f-9362-1837bfe5d1a5"}	created	20	0	1	t	2026-11-29 21:48:32.958208+00	\N	\N	\N	00:15:00	2026-11-29 21:48:32.958208+00	\N	2026-12-13 21:48:32.958208+00	\N	\N	standard
\.


--
-- Data for Name: queue; Type: TABLE DATA; Schema: pgboss; Owner: -
--

COPY pgboss.queue (name, policy, retry_limit, retry_delay, retry_backoff, expire_seconds, retention_minutes, dead_letter, partition_name, created_on, updated_on) FROM stdin;
train	standard	\N	\N	\N	\N	\N	\N	j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff	2026-11-29 21:48:00.415702+00	2026-11-29 21:48:00.415702+00
unlearn	standard	\N	\N	\N	\N	\N	\N	j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb	2026-11-29 21:48:00.484851+00	2026-11-29 21:48:00.484851+00
\.


--
-- Data for Name: schedule; Type: TABLE DATA; Schema: pgboss; Owner: -
--

COPY pgboss.schedule (name, cron, timezone, data, options, created_on, updated_on) FROM stdin;
\.


--
-- Data for Name: subscription; Type: TABLE DATA; Schema: pgboss; Owner: -
--

COPY pgboss.subscription (event, name, created_on, updated_on) FROM stdin;
\.


--
-- Data for Name: version; Type: TABLE DATA; Schema: pgboss; Owner: -
--

COPY pgboss.version (version, maintained_on, cron_on, monitored_on) FROM stdin;
24	\N	\N	\N
\.


--
-- Data for Name: api_keys; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.api_keys (id, tenant_id, role, label, hash, created_at, revoked_at) FROM stdin;
18a33452-8d53-4ce9-8936-33694d47b3d5	4a3c46e1-d8d8-47da-909a-d971bad706e3	admin	first	\\xc43415df0b776ad763dc13431074c39ebad7958e2bc4fd960e34d6c84ff38ab0	2026-11-29 21:48:04.186+00	\N
\.


--
-- Data for Name: certificates; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.certificates (id, tenant_id, model_id, envelope, holds, ledger_index, created_at) FROM stdin;
3688705b-d84b-44e7-af26-0dbc4eea2f35	4a3c46e1-d8d8-47da-909a-d971bad706e3	6be94458-1794-461f-9362-1837bfe5d1a5	{"payload": "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCJwcmVkaWNhdGUiOnsiYXNzdW1wdGlvbnMiOlt7ImVuZm9yY2VkQnkiOiJyb3dzIGFyZSBzY2FsZWQgd2hlbiBhIGRhdGFzZXQgaXMgbWFkZSBhbmQgbWVhc3VyZWQgYWdhaW4gYmVmb3JlIHRyYWluaW5nIiwibmFtZSI6InJvdyBub3JtcyBhcmUgYXQgbW9zdCAxIn0seyJlbmZvcmNlZEJ5Ijoib2JqZWN0aXZlcyBhcmUgYnVpbHQgaW47IHRoZSBrZXJuZWwgY2xpcHMgZWFjaCByZWNvcmQncyBncmFkaWVudCIsIm5hbWUiOiJsb3NzZXMgYXJlIGNvbnZleCB3aXRoIGdyYWRpZW50IG5vcm0gYXQgbW9zdCBsaXBzY2hpdHoifSx7ImVuZm9yY2VkQnkiOiJ0aGUgY29uc3RhbnQgaXMgdGhlIG9iamVjdGl2ZSdzIG93biBmb3Igcm93cyBvZiBub3JtIGF0IG1vc3QgMSIsIm5hbWUiOiJsb3NzZXMgYXJlIChzbW9vdGhuZXNzIC0gbDIpLXNtb290aCJ9LHsiZW5mb3JjZWRCeSI6ImNoZWNrZWQgd2hlbiB0aGUgcHJvY2VzcyBpcyBwbGFubmVkIGFuZCBieSB0aGlzIHZlcmlmaWVyIiwibmFtZSI6ImV0YSBpcyBhdCBtb3N0IDIgLyAoc21vb3RobmVzcyArIGwyKSJ9LHsiZW5mb3JjZWRCeSI6ImEgcGVybXV0YXRpb24gb2Ygc2xvdCBudW1iZXJzIGRyYXduIGJlZm9yZSBhbnkgcm93IGlzIHJlYWQsIGtlcHQgZm9yIHRoZSBsaWZlIG9mIHRoZSBtb2RlbCIsIm5hbWUiOiJ0aGUgYmF0Y2ggb3JkZXIgZG9lcyBub3QgZGVwZW5kIG9uIHRoZSBkYXRhIn0seyJlbmZvcmNlZEJ5IjoidGhleSBhcmUgemVyb3MiLCJuYW1lIjoidGhlIGluaXRpYWwgd2VpZ2h0cyBkbyBub3QgZGVwZW5kIG9uIHRoZSBkYXRhIn0seyJlbmZvcmNlZEJ5IjoiZXZlcnkgc3RlcCwgaW4gZXZlcnkga2VybmVsLCBlbmRzIHdpdGggdGhlIHByb2plY3Rpb24gb24gdGhlIGJhbGwiLCJuYW1lIjoidGhlIHdlaWdodHMgc3RheSB3aXRoaW4gdGhlIHJhZGl1cyJ9LHsiZW5mb3JjZWRCeSI6ImJ5dGVzIG9mIHRoZSBvcGVyYXRpbmcgc3lzdGVtIGZvciBldmVyeSByZWxlYXNlOyBub3JtYWxzIGNvcnJlY3RseSByb3VuZGVkIHRvIHRoZSBncmlkOyB0aGUgcHJvY2VzcyBnb2VzIG9uIGZyb20gdGhlIG5vaXNlZCB3ZWlnaHRzIiwibmFtZSI6InRoZSBub2lzZSBvZiBhIHJlbGVhc2UgaXMgZnJlc2gsIEdhdXNzaWFuIGFuZCB1bnByZWRpY3RhYmxlIn0seyJlbmZvcmNlZEJ5IjoicHJvdmVkIGZvciBmbG9hdDY0IGFyaXRobWV0aWMgYnkgSUVFRSA3NTQ7IHJlY29tcHV0ZWQgYnkgdGhpcyB2ZXJpZmllciIsIm5hbWUiOiJhIHN0ZXAncyByb3VuZGluZyBtb3ZlcyB0aGUgd2VpZ2h0cyBieSBhdCBtb3N0IHJvdW5kaW5nUGVyU3RlcCJ9LHsiZW5mb3JjZWRCeSI6Im5vdGhpbmc6IGl0IGlzIHRoZSBwb2xpY3kgdGhhdCB3YXMgY2hvc2VuIGZvciB0aGlzIG1vZGVsIGJlZm9yZSBpdCB3YXMgdHJhaW5lZCIsIm5hbWUiOiJyZXF1ZXN0cyBkbyBub3QgZGVwZW5kIG9uIHdoYXQgdGhpcyBtb2RlbCBzaG93ZWQifV0sImNlcnRpZmljYXRlSWQiOiIzNjg4NzA1Yi1kODRiLTQ0ZTctYWYyNi0wZGJjNGVlYTJmMzUiLCJjb3N0Ijp7ImdyYWRpZW50RXZhbHVhdGlvbnMiOjEwOTUwMCwicmV0cmFpbkdyYWRpZW50RXZhbHVhdGlvbnMiOjQ0MDEwMCwicmV0cmFpblN0ZXBzIjoxNDY3LCJzdGVwcyI6MzY1fSwiZGF0YSI6eyJmZWF0dXJlQ291bnQiOjcsImludGVyY2VwdCI6MSwicm93Q291bnQiOjMwMCwic2NhbGluZyI6ImwyIiwic2NoZW1hRGlnZXN0IjoiMTY0MTFhZjVmMGY3YzdhMTExNzU4NDA0ZThmYjRiNTUzOWExODdkMTYxM2U0MmFhYmRiMzk5ZGUyNGFmMTQyMCIsInRhc2siOiJiaW5hcnkifSwiZGlzY2xvc3VyZSI6bnVsbCwiZXJhc3VyZSI6eyJkZWx0YSI6MC4wMDAwMSwiZXBzaWxvbiI6MC45OTk5OTk5OTk5OTk5ODUzLCJtdSI6MC4yNjgwNTExMjMyMTExODk1Nywic3RhdGVtZW50IjoiR2l2ZW4gdGhlIGJhdGNoIG9yZGVyLCB0aGUgbGF3IG9mIHRoZSByZWxlYXNlZCB3ZWlnaHRzIGFuZCB0aGUgbGF3IG9mIHdlaWdodHMgdGhhdCB0aGUgc2FtZSBzY2hlZHVsZSBvZiBzdGVwcyBhbmQgbm9pc2UgZ2l2ZXMgZnJvbSB0aGUgc3RhcnQgd2l0aG91dCBldmVyeSByZWNvcmQgZGVsZXRlZCBzbyBmYXIgKG9yIHdpdGggb3RoZXIgcmVjb3JkcyBpbiB0aGVpciBwbGFjZSkgYXJlIG11LUdEUCwgYW5kIChlcHNpbG9uLCBkZWx0YSktaW5kaXN0aW5ndWlzaGFibGUgaW4gYm90aCBkaXJlY3Rpb25zLCBmb3IgcmVxdWVzdHMgdGhhdCBkbyBub3QgZGVwZW5kIG9uIHdoYXQgdGhpcyBtb2RlbCBzaG93ZWQuIiwidGFpbERlbHRhIjoyLjI1NzU2Njc3MjM0NDA1NTVlLTE3LCJ0aGVvcmVtIjoiU2hpZnRlZCBpbnRlcnBvbGF0aW9uIChCb2ssIFN1LCBBbHRzY2h1bGVyLCBJQ01MIDIwMjQsIGFyWGl2IDI0MDMuMDAyNzgpIGZvciBhbnkgc2NoZWR1bGUgb2Ygbm9pc2UsIGxlYXN0IGVuZXJneSBvdmVyIGFsbCBzcGVuZGluZyBwbGFuczsgbXUtR0RQIHRvIChlcHNpbG9uLCBkZWx0YSkgYnkgRG9uZywgUm90aCwgU3UgMjAyMiwgQ29yb2xsYXJ5IDIuMTMuIn0sImdlbmVyYXRvciI6eyJuYW1lIjoiZXhwdW5nZSIsInZlcnNpb24iOiIwLjEuMCJ9LCJob2xkcyI6eyJhZ2FpbnN0IjoiaW5kZXBlbmRlbnQiLCJkZWx0YSI6MC4wMDAwMSwiZXBzaWxvbiI6MC45OTk5OTk5OTk5OTk5ODUzLCJzdGF0ZW1lbnQiOiJGb3IgYSBwZXJzb24gd2hvc2UgcmVxdWVzdCBkb2VzIG5vdCBkZXBlbmQgb24gd2hhdCB0aGlzIG1vZGVsIHNob3dlZDogdGhlIHJlbGVhc2VkIHdlaWdodHMgYW5kIHdlaWdodHMgcmV0cmFpbmVkLCBieSB0aGUgc2FtZSBzY2hlZHVsZSBvZiBzdGVwcyBhbmQgbm9pc2UsIHdpdGhvdXQgZXZlcnkgcmVjb3JkIGRlbGV0ZWQgc28gZmFyIGFyZSAoZXBzaWxvbiwgZGVsdGEpLWluZGlzdGluZ3Vpc2hhYmxlLiJ9LCJpc3N1ZWRBdCI6IjIwMjYtMTEtMjlUMjE6NDg6MTIuODc4WiIsIm1vZGVsQmVmb3JlIjoiNTNhYzg4NmNkMzgzNWY1NzA2NzZlODhhZjE4NzMzNWM2YjRmZDk5ZTIwNDk4YTA4YTEyY2Q5ZjNkMzg2NDdiOCIsIm5vaXNlIjp7ImdyaWQiOjEuNDkwMTE2MTE5Mzg0NzY1NmUtOCwia2luZCI6Im9uLXJlbGVhc2UiLCJzaWdtYSI6bnVsbCwic291cmNlIjoiY3Nwcm5nIiwic3RkIjowLjAyOTY2MTA3NTA4MDExODc5fSwibm90Q292ZXJlZCI6WyJQcmVwcm9jZXNzaW5nOiB0aGUgc2NoZW1hJ3MgY2VudHJlcywgc2NhbGVzIGFuZCBjYXRlZ29yeSBsaXN0cyBhcmUgdHJlYXRlZCBhcyBwdWJsaWMuIiwiVGhlIGJhc2UgcmF0ZSBiZWhpbmQgdGhlIG9iamVjdGl2ZSdzIG9mZnNldCwgb3IgdGhhdCBpdCBuZWVkcyBub25lOiBpdCBpcyB0cmVhdGVkIGFzIHB1YmxpYywgYWxzbyB3aGVyZSBpdCB3YXMgcmVhZCBvZmYgdGhlIGxhYmVscy4iLCJIeXBlcnBhcmFtZXRlcnMgY2hvc2VuIGJ5IGxvb2tpbmcgYXQgdGhlIGRhdGEuIiwiT3RoZXIgbW9kZWxzLCBjb3BpZXMsIGJhY2t1cHMsIGxvZ3MgYW5kIGRlcml2ZWQgZGF0YSBvdXRzaWRlIHRoaXMgbW9kZWwncyBkaXJlY3RvcnkuIiwiV2hvZXZlciBrZXB0IGFuIGVhcmxpZXIgbW9kZWw6IG1vZGVscyByZWxlYXNlZCBiZWZvcmUgdGhlIGZpcnN0IHJlcXVlc3QgaGFkIG5vIG5vaXNlLCBhbmQgbm90aGluZyBib3VuZHMgd2hhdCB0aGV5IHNob3cuIiwiUmVxdWVzdHMsIG9yIGNob2ljZXMgb2Ygd2hvbSB0byBkZWxldGUsIG1hZGUgYmVjYXVzZSBvZiB3aGF0IGEgcmVsZWFzZWQgbW9kZWwgc2hvd2VkLiIsIkFub3RoZXIgY29udGludWF0aW9uIG9mIHRoZSBzYW1lIHN0YXRlOiBhIGNvcHkgb3IgYmFja3VwIG9mIHRoZSBtb2RlbCB0aGF0IHdhcyBydW4gb24uIiwiU2NvcmVzIGFuZCBwcmV2aWV3cyBjb21wdXRlZCBmcm9tIHN0YXRlcyB0aGF0IHdlcmUgbm90IHJlbGVhc2VkLiIsIlRoYXQgdGhlIHByb2Nlc3Mgd2FzIHJ1biBhcyBzdGF0ZWQ6IHRoZSBjZXJ0aWZpY2F0ZSBiaW5kcyBpdHMgaXNzdWVyIHRvIHRoYXQsIGl0IGNhbm5vdCBzaG93IGl0LiJdLCJwcm9jZXNzIjp7ImJhdGNoQ291bnQiOjEsImJhdGNoU2l6ZSI6MzAwLCJjb250cmFjdGlvbiI6MC45ODY4NDIxMDUyNjMxNTgxLCJldGEiOjMuOTQ3MzY4NDIxMDUyNjMxNCwiaXNUdW5lZCI6ZmFsc2UsImtlcm5lbCI6ImZsb2F0NjQiLCJsMiI6MC4wMDMzMzMzMzMzMzMzMzMzMzM1LCJsaXBzY2hpdHoiOjEsIm9iamVjdGl2ZSI6eyJraW5kIjoibG9naXN0aWMifSwib3JkZXIiOiJmaXhlZC1wZXJtdXRhdGlvbiIsIm91dHB1dENvdW50IjoxLCJyYWRpdXMiOjMwMC4yOTk5OTk5OTk5OTk5NSwicmVjb3JkU21vb3RobmVzcyI6MC4yNSwicm91bmRpbmciOiJwcm92ZWQiLCJyb3VuZGluZ1BlclN0ZXAiOjUuMDMzNjc3Njg1OTQwMDIyZS0xMiwic2Vuc2l0aXZpdHkiOjAuMDEzMTU3OTA3Mjg1MTg4MzczLCJzbW9vdGhuZXNzIjowLjI1MzMzMzMzMzMzMzMzMzM1fSwicmVxdWVzdCI6eyJkZWxldGlvbiI6InRvbWJzdG9uZSIsIm51bWJlciI6MSwicm93Q291bnQiOjEsInNsb3RzIjpbeyJiYXRjaCI6MCwiY291bnQiOjF9XSwic3ViamVjdHMiOnsiY291bnQiOjEsInJvb3QiOiIwMTAxNzU0ZTFjZGQ3YjhiOGI4Yjg0NWY0NjVlYmQxMWMzNzJiOTc1ZGNkYjE2NTRhYjY1NGUwMTZmZmYxMDc3In0sInRhcmdldCI6eyJkZWx0YSI6MC4wMDAwMSwiZXBzaWxvbiI6MX19LCJzZWFscyI6eyJhc3N1bXB0aW9ucyI6IjY2MjdhNWI1OTJmM2MwMmYiLCJjZXJ0aWZpY2F0ZUlkIjoiOTk2N2Q0NjVmNmJkMjRhNiIsImNvc3QuZ3JhZGllbnRFdmFsdWF0aW9ucyI6ImI2NGRkNmE2NzllZWJmOGMiLCJjb3N0LnJldHJhaW5HcmFkaWVudEV2YWx1YXRpb25zIjoiNzU5N2I3OThhMWU5NmVlMSIsImNvc3QucmV0cmFpblN0ZXBzIjoiMTVlNjc1ZTk1OTFmYWU4ZCIsImNvc3Quc3RlcHMiOiJjYzRhMzQ2N2FkMGEyNDI2IiwiZGF0YS5mZWF0dXJlQ291bnQiOiJkNGIxODhmOGMwNmU2ZDZiIiwiZGF0YS5pbnRlcmNlcHQiOiIyOWQzOWZlNTAxY2RjODg4IiwiZGF0YS5yb3dDb3VudCI6ImM1YzE5Y2FmMDU2MTM4NzkiLCJkYXRhLnNjYWxpbmciOiJiMzZkNmE1N2EzMTBhNTBjIiwiZGF0YS5zY2hlbWFEaWdlc3QiOiJmZTVlNDUxNTljOGMwMDg4IiwiZGF0YS50YXNrIjoiZjIyMjQyMjNkMjY0OTI2MyIsImRpc2Nsb3N1cmUiOiI3M2QzY2QxNzgwMTljZTgyIiwiZXJhc3VyZS5kZWx0YSI6IjgzZTE3NmYxZDQzYTdhNTkiLCJlcmFzdXJlLmVwc2lsb24iOiJlNzNlMTkxNWNkYjUxYzU2IiwiZXJhc3VyZS5tdSI6IjI4YjBkZjdhOTNmNjU4NmEiLCJlcmFzdXJlLnN0YXRlbWVudCI6IjkzNjViY2JmYzdiMjM3NjEiLCJlcmFzdXJlLnRhaWxEZWx0YSI6IjUyN2Y2NjlmMmYwYWFiZTgiLCJlcmFzdXJlLnRoZW9yZW0iOiJiNTA1NGNhNzkyNTExYTExIiwiZ2VuZXJhdG9yLm5hbWUiOiIyNGExMDE5MTYxOGYyZjYzIiwiZ2VuZXJhdG9yLnZlcnNpb24iOiI4ZTE0ZDM0MzMwMzIyMDY1IiwiaG9sZHMuYWdhaW5zdCI6IjA4MjE5NmFhMWExMmE0MTIiLCJob2xkcy5kZWx0YSI6ImE4MTJjMWIwYTg4ZDhmMTEiLCJob2xkcy5lcHNpbG9uIjoiMDQ1ZjVkMGRkMDk3NDkwYyIsImhvbGRzLnN0YXRlbWVudCI6IjE2ODFhYTYxYzZhMTk0YmUiLCJpc3N1ZWRBdCI6ImM2MWNiYjgwYWJiZGY4ZWYiLCJtb2RlbCI6IjVhYjBmNTg0OGM2OTA4ZTMiLCJtb2RlbEJlZm9yZSI6ImNlMTM1ZGE3NmRmZjIyNDUiLCJub2lzZS5ncmlkIjoiMTYzMzdiNTMxNWNjZTMzZSIsIm5vaXNlLmtpbmQiOiIwMGQxNTcyMmJmNjRiYzJhIiwibm9pc2Uuc2lnbWEiOiIxOGMxOWM2NjU3ZThlYjliIiwibm9pc2Uuc291cmNlIjoiOWFhNDVhMjZlODNlZTkxOCIsIm5vaXNlLnN0ZCI6ImUyMTJmNzI0N2NkMzNlYzAiLCJub3RDb3ZlcmVkIjoiZDc1OWIzNzQyNWU2YzIyNCIsInByb2Nlc3MuYmF0Y2hDb3VudCI6IjQyMTk3NzI5NDgxNGQ4ODkiLCJwcm9jZXNzLmJhdGNoU2l6ZSI6IjhlNjBlZDhkZTQ3OTRjNDQiLCJwcm9jZXNzLmNvbnRyYWN0aW9uIjoiMTk5YjYwYjNiYTI3MzI2OCIsInByb2Nlc3MuZXRhIjoiYmVjZDY1YzAzYmM1OWRkNyIsInByb2Nlc3MuaXNUdW5lZCI6Ijc2MDI5NGFjY2UwYmVjOTMiLCJwcm9jZXNzLmtlcm5lbCI6ImM0MDQ1OGRiOTQwOTQ4YzAiLCJwcm9jZXNzLmwyIjoiNGYwM2Q3Yjk3ZDk0NTZiZSIsInByb2Nlc3MubGlwc2NoaXR6IjoiNGViNTYxMDkyMGI4NzBiMCIsInByb2Nlc3Mub2JqZWN0aXZlIjoiMmNiM2ZiMzM0MmEyNTU0YiIsInByb2Nlc3Mub3JkZXIiOiI2NmY0YTQ1MzZhODdjYjM0IiwicHJvY2Vzcy5vdXRwdXRDb3VudCI6IjM5MzM4MmY5ZjQwM2M1YTEiLCJwcm9jZXNzLnJhZGl1cyI6IjE5MTVmMGU4ZTAyY2E1MzUiLCJwcm9jZXNzLnJlY29yZFNtb290aG5lc3MiOiIxNmVhOWQ4NGJkZDg3MTQwIiwicHJvY2Vzcy5yb3VuZGluZyI6IjkxNDQxOGVkMGU2ZjYxZmUiLCJwcm9jZXNzLnJvdW5kaW5nUGVyU3RlcCI6ImFmZDZmNDI1NjgzNmUzZmQiLCJwcm9jZXNzLnNlbnNpdGl2aXR5IjoiYzEyZDY3MGQzMWFlNWUzYiIsInByb2Nlc3Muc21vb3RobmVzcyI6ImRhNDFjYjRlZTEzZWE2ZjQiLCJyZXF1ZXN0LmRlbGV0aW9uIjoiNWMxNmJmNTFkNTFiN2U0NSIsInJlcXVlc3QubnVtYmVyIjoiY2UwMGVmMjNmZjllYWQxZCIsInJlcXVlc3Qucm93Q291bnQiOiJkZmMwZTY5NmExYmVjMzZiIiwicmVxdWVzdC5zbG90cyI6IjVhNWEzYjgxZjMyNzA0NGYiLCJyZXF1ZXN0LnN1YmplY3RzLmNvdW50IjoiNzI0OGNkZWMxYWI4YjBmZSIsInJlcXVlc3Quc3ViamVjdHMucm9vdCI6ImE3NzI4YzFhMGIxM2Y2NjUiLCJyZXF1ZXN0LnRhcmdldC5kZWx0YSI6ImRlNTY5NjRmMmNiZDE5MWIiLCJyZXF1ZXN0LnRhcmdldC5lcHNpbG9uIjoiYjE5NWIzNDhmNzYyZDc5OSIsInRpbWVsaW5lLmNlbGxzLnNoaWZ0cyI6ImViYjQzOGQ5OTk3NWUzODYiLCJ0aW1lbGluZS5jZWxscy5zdGRzIjoiMzJhNWJjMGFiNjM4OTAyYyIsInRpbWVsaW5lLmNlbGxzLnN0ZXBzIjoiZmU3ZDU1YWQxNTRiNzQ5YiIsInRpbWVsaW5lLmRlbGV0ZWRDb3VudCI6IjI5ZDhjMmNkNDRiNmI2MmIiLCJ0aW1lbGluZS5yZWxlYXNlQ291bnQiOiI1ZDNiMWI1N2QxMTYwMTFjIiwidGltZWxpbmUuc3RhcnQiOiJjZjU3MDllMDVhMmRmZTJmIiwidGltZWxpbmUuc3RlcHNBZnRlciI6Ijk3YmZhZjM4Mjk5MzQwM2IiLCJ0aW1lbGluZS5zdGVwc0JlZm9yZSI6IjlmNDY4YTE4MDgzN2NkNDQiLCJ2ZXJzaW9uIjoiMTRiMWQ4YTRiNGQ1MWYzZSJ9LCJ0aW1lbGluZSI6eyJjZWxscyI6eyJzaGlmdHMiOlsxLjAwMDAwMDQ5NTYwMjA4NSw3Ljg4NDk1MzM1MzAwMTQ0OGUtOF0sInN0ZHMiOlswLDAuMDI5NjYxMDc1MDgwMTE4NzldLCJzdGVwcyI6WzExMDIsMTQ2N119LCJkZWxldGVkQ291bnQiOjEsInJlbGVhc2VDb3VudCI6MSwic3RhcnQiOjAsInN0ZXBzQWZ0ZXIiOjE0NjcsInN0ZXBzQmVmb3JlIjoxMTAyfSwidmVyc2lvbiI6Mn0sInByZWRpY2F0ZVR5cGUiOiJ1cm46ZXhwdW5nZTpwcmVkaWNhdGU6dW5sZWFybmluZzp2MiIsInN1YmplY3QiOlt7ImRpZ2VzdCI6eyJzaGEyNTYiOiJhM2UxZjkwY2ZkOGU5NGNkYzg4YzYyYzA5N2JhOWZjZGE0MWZiNzMwZTkyZDBiMmRiNDMwM2NhYTlmMzRmZWYzIn0sIm5hbWUiOiJtb2RlbCJ9XX0=", "signatures": [{"sig": "S1Q7PXdCDT/9+AI2qN77YsjMcAl5rau0nZEmweE+SDUIMkWSQwzXL/OBFw0Jzeazq16IX+QGlOs+rfkUFKm8DA==", "keyid": "c9baa7c6173e4cf765a77dbb521f7d1c11116a76a225e5df7edc20247b69de34"}], "payloadType": "application/vnd.in-toto+json"}	{"delta": 0.00001, "against": "independent", "epsilon": 0.9999999999999853}	1	2026-11-29 21:48:12.934+00
\.


--
-- Data for Name: certified_subjects; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.certified_subjects (certificate_id, place, model_id, owner, request_id, digest) FROM stdin;
3688705b-d84b-44e7-af26-0dbc4eea2f35	0	6be94458-1794-461f-9362-1837bfe5d1a5	\\x834ba7eeb8a9436aed3670a6c9c463e97dbd30b3adde4cd537025189e6fc3db2	d10cc296-a48a-4811-b739-7cb6c131cf0a	\\x35dbb1d9dc59fa559d391b56df85209b544d2a80dca54bf58bea5098db05b460
\.


--
-- Data for Name: claimed_rows; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.claimed_rows (dataset_id, "row", request_id) FROM stdin;
37a1ecd9-91d2-4fd0-978f-e6830573b83e	0	d10cc296-a48a-4811-b739-7cb6c131cf0a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	6	282c3150-b3c0-47fc-9423-2f54a741e919
37a1ecd9-91d2-4fd0-978f-e6830573b83e	7	282c3150-b3c0-47fc-9423-2f54a741e919
\.


--
-- Data for Name: dataset_pages; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.dataset_pages (dataset_id, page, features, labels) FROM stdin;
37a1ecd9-91d2-4fd0-978f-e6830573b83e	0	\\x0000000000000000000000000000000000000000000000000000000057db96be00000000000000009f400b3f048309bf7fab39be9f400b3fb48df33e00000000b48df33e000000003c480bbf785e22beb48df33e402bb83e008ff53e000000000000000081d81ebfaab423be008ff53e3ee089be4c8afe3e0000000000000000b09011bf88b1a93e4c8afe3e9ac9b3be000000000000000033d7063fb9be57be33d7063f33d7063f00000000992f2e3f000000000000000047598bbe00000000992f2e3f0076f63e000000000000000066e0133f596481be332b45be66e0133fb64ea83e00000000000000005199d43ee821fb3e8bbb0d3f5199d43ee4c70fbf0000000000000000a10ce63e251f02bfc05d19bea10ce63e0cf1233e0000000092e9f53e00000000320508bf92e9f53e92e9f53eb9741cbf157b013f00000000000000007b8596be1ca42c3e157b013f7a24053f0000000031a2ff3e000000001c0cf6be0000000031a2ff3e3a8ae0be000000007fd3b93e0000000056b9063e7fd3393f7fd3b93ebab8b13efa0c243f0000000000000000c5abe53df8bb5abefa0c243f530116be0000000000000000fd01e13e23e2713ea8813b3ffd01e13ea05639be0000000000000000f42fca3ef6f7353ef42f4a3ff42fca3e11b022be11b0223f0000000000000000dff4b2bec1ea58be11b0223f8eacfc3e00000000000000007cd2093f82acc2be50c337be7cd2093f45f7e63d74392d3f0000000000000000a33d133e45f766be74392d3f8cfe973edecf253f0000000000000000decf253e28155dbedecf253f2f2c64be0000000023212b3f000000002321abbd2f2c64be23212b3fdcf00c3f00000000c08ffa3e000000007af0dfbe800a27bec08ffa3e274f073f000000002a9c133f00000000c23a0cbe38d0443e2a9c133fbe46383e000000007ef31d3f00000000964fcfbefd9952be7ef31d3fc0d093beec71083f0000000000000000bb1e10bf3bed35beec71083fe53e89be0000000000000000e0b1243fb8ce6e3ed5975bbee0b1243f5177083f000000000000000041df143f81a532bd027f463e41df143fd96dd2be000000008a7df03e000000002f480abfb153a03e8a7df03e33cd06bf0000000000000000660e133f3370253e331344be660e133f57c3863d000000000225ca3e00000000473c00bf2c74283f0225ca3e2dd26c3e0000000000000000a09ada3ef0b98cbe852b363fa09ada3eabbb83be000000000000000067141e3f85c4b73edfc552be67141e3f9a81a23e00000000844a0b3f000000005311063fb0b839be844a0b3ff43c943d00000000f43c143f00000000c81e093f9ba645bef43c143fb1a9933d00000000b1a9133f00000000166f0a3f42e2443eb1a9133fa12244bd0000000000000000a122c43ec04baf3ea122443fa122c43e59c4bf3e0000000077b0ff3e0000000003feaa3e77b0ff3e77b0ff3eb2a2a3be00000000000000008ee8023f718b163f698b2ebe8ee8023fac12043f00000000000000002769e23e5d0b11bfc5f016be2769e23e4d5ff03e000000002e39103f000000006376a93e3e4c40be2e39103f4575033f00000000000000001db1f23ed174dd3e69cba13e1db1f23e5375d23e00000000fed71d3f00000000e52388be00000000fed71d3fc227e9be00000000000000004a3b053f443c00bf000000004a3b053ff1e5323e6157193f000000000000000025c3ebbe81744cbe6157193fd70e0a3f000000002189043f0000000059d5c13ed6b630be2189043f61d1efbe000000000000000007e40f3fd60ebb3db4dabf3e07e40f3f044ef33e000000000000000089aa193fbb2eeebd61e34cbe89aa193ff42c8b3e000000000000000053aede3ed917193e4591393f53aede3e6463b63e000000009771d03e000000001de9913efeb32d3f9771d03ed026bc3e00000000000000001ad0043f1c740b3f781531be1ad0043fc3d5fbbe0000000000000000cf77c93e5e820a3ed7e3273fcf77c93e4971193fac85033f000000000000000062f693bee65c2fbeac85033f378ce5bd000000000000000029292c3fa612393e378c65be29292c3fff874b3effa5183f0000000000000000a5afff3e00000000ffa5183f9f50db3c777c243f0000000000000000abfdb6be9f505bbe777c243f3dd1bc3e0000000000000000ebd7213fbaa8113e8fca57beebd7213f021cb53e000000000000000035e3103fa732e4bef12e41be35e3103fb8ff0ebf0000000000000000b8ff0e3f752c2f3e4baa3ebeb8ff0e3f948ce63c000000006fe92c3f000000009d86423e948c66be6fe92c3fa7bab0bd00000000a7ba303f000000000d3d4bbe00000000a7ba303fc67e0c3f000000001ae0063f0000000054f7abbe78d5333e1ae0063f6d6e33be00000000d292063f000000006bc4bfbed292063fd292063fe79eb6bc000000002df7083f000000003bef203fe79e36be2df7083f3912cebe000000003912ce3e00000000ed6bf33e7c61093f3912ce3ed4ecbebd00000000d4ecbe3e00000000a1dbca3ed4ec3e3fd4ecbe3e4a6aaa3e0000000000000000f611123f7d0fe6be9ec242bef611123f4d52ae3e82e9203f0000000000000000ace39cbe0000000082e9203f5d54a3be0000000007c4163f00000000f1ea65be5f05c93e07c4163f581908be00000000000000009c51233f92a6b3be26c259be9c51233f36df41be793f013f0000000000000000392c0e3da2542c3f793f013f1c12ce3e000000006861093f000000005191f5be8b2c373e6861093f3a00023e00000000000000003a00023f5a80c9bda3552d3f3a00023f28963abe000000002896ba3e000000007713d33e28963a3f2896ba3e80fcd93d0000000000000000b3ca023fcb27e83eb3ca023fb3ca023f792703bfca130f3f0000000000000000ca138fbe0ec53ebeca130f3fffda51be000000003f641d3f00000000b2de3c3effdad13e3f641d3fb08f99be7a85273f000000000000000034259f3da35c5fbe7a85273f4cccaabe00000000000000006c20f13e43b416bf48c0a03e6c20f13eb82f12bf675ae23e000000000000000043dc02bfefe616be675ae23e42b299be000000000000000030ab273f8d2286bdeb8e5fbe30ab273f4088503d000000004088d03e00000000d3ad3bbd4088503f4088d03ee23b8dbe0000000000000000a95e023ffe8dc3bea95e023fa95e023f3bf126bf0000000000000000c98d053fa8af553c611232bec98d053fd73c0c3f000000004c68f03e000000008febf73e884520be4c68f03e095cc23e00000000bb81f53e0000000045aed0bebb81f53ebb81f53e09c1e6be0000000009c1e63e0000000030f32fbe06d6193f09c1e63ea79bedbe8b1ae43e00000000000000006e093f3eb211183f8b1ae43e6fe4ac3c0000000053ab013f00000000924b323e6fe42c3f53ab013fb341e03d00000000000000004631283f92ceb4be000000004631283fb4d0b53e00000000000000001557003f61ff153fc71e2b3e1557003f2b29a93e0000000000000000c0bdfd3e9d351cbf2b2929bec0bdfd3ee9ac4fbd0000000000000000e9accf3ee9accfbde9ac4f3fe9accf3e68e181bd000000001bd2c23e00000000faa4b63e1bd2423f1bd2c23ec1dd70beaf61033f0000000000000000006a0c3fea2caf3eaf61033f71bc0dbf54d5023f0000000000000000a9fac03ec6712e3e54d5023f0b76223e0b76223f0000000000000000ecbcb4be649d58be0b76223f9b3f753e000000009b3ff53e0000000093048d3ebc7f233f9b3ff53e438569be1529c83e00000000000000000bf1eebee7cc263f1529c83e4195ca3e1864d33e0000000000000000c7652e3ebe28303f1864d33eaaa3133faaa3133f00000000000000005dee3fbd00000000aaa3133fef6709bfef67093f00000000000000001fe3a43e3f3537beef67093fdd0186be00000000cc02c93e000000002523e23e5482273fcc02c93e8398113e00000000bd97f93e00000000bfa2923e2865263fbd97f93e5a01e4beda00103f00000000000000004f34bb3e230140beda00103f5656c4bcc040133f00000000000000004457a93dc040133fc040133f775cea3e00000000b0aaff3e00000000d1ec52beb0aaff3eb0aaff3e773f0f3f0000000000000000773f0f3f2fbc243e4aff3ebe773f0f3fa66508bf0000000000000000d4d2e93ed37206bfe2e11bbed4d2e93eaedf91be000000000000000016a7063f321e14bf738933be16a7063fdd600abfdd600a3f000000000000000053e4b33e00000000dd600a3fc09900bf9e6aed3e000000000000000081bd0a3f14471ebe9e6aed3eb93104bf000000004114173f00000000216744be000000004114173ff9e3063f000000005607f93e00000000fd59e6bd5607f93e5607f93e1ce0883e000000002680b63e000000002bbcd0be2680363f2680b63ed8ac23bf8f74073f00000000000000007fba583c6a9b34be8f74073f92f00ebf1f0af53e000000000000000091c506bd1f0af53e1f0af53eb3cbab3e00000000e340133f0000000077928f3e8456c43ee340133fdded02bf00000000dded023f0000000065f1dcbe7c922ebedded023fb7b1e93ecfcb1b3f0000000000000000f488ca3d69ba4fbecfcb1b3fa5c2e13ec381163f00000000000000003a15ad3e00000000c381163f67466abd0000000000000000cdb42f3fe24641bd67466abecdb42f3f43941fbf000000003ac8083f00000000b77ebf3d4d6036be3ac8083f23844b3e00000000000000002384cb3ea8f4e43d23844b3f2384cb3e9fa92fbd0000000037bf033f00000000ca9f29bf9fa92f3e37bf033f99a4aabe000000004105c33e00000000bef30a3e4105433f4105c33eeb2edebe87530c3f0000000000000000e90beb3e0000000087530c3f79d3123f79d3123f0000000000000000f5ebeabd0000000079d3123f1b3f12bf2dff063f0000000000000000ee7eaf3e000000002dff063fdc228d3e075d293f0000000000000000a07d873b5fd161be075d293f88da4b3ee6e3183f00000000000000005928e93e88da4b3ee6e3183ffc6be93e000000000000000059a4fe3e832d653e59a4fe3e59a4fe3eeb7849be00000000eb78c93e00000000f0d7373eeb78493feb78c93ea442883ea442083f0000000000000000fd241a3f00000000a442083fb84853be00000000000000008a761e3f3cd4df3e000000008a761e3f8b0603bf0000000000000000ddef0e3f43b990be27953ebeddef0e3fc6e3d23e000000000000000004dd143f2cf7c8be0000000004dd143f00aa1abfd77aef3e00000000000000008081e3be00000000d77aef3eebd5533e47390d3f0000000000000000c05d57be47390d3f47390d3f8213bbbe000000000000000026cdd53e82133b3ef52a323f26cdd53e5825073f0580f93e0000000000000000d224f0be595526be0580f93e444acbbecd64003f00000000000000008ad60e3f11312bbecd64003f044a2b3e00000000bad1123f00000000e3e3063f4ec243bebad1123f8694e0be59b8153f000000000000000059b8953e77a047be59b8153fac0d09bf8d05fd3e000000000000000032b8e33e5eae28be8d05fd3e88c214bf00000000000000003bcf0e3f31f395bda4693ebe3bcf0e3f5c9752bd000000000000000085f11d3fcbc2f83e0000000085f11d3f0ffc873e00000000ca58143f0000000099bea8beb8cbc53eca58143f604c7ebe000000004088293f0000000056dee4bd000b62be4088293ff06ef8be000000000000000040f60d3f42e7ad3e56483dbe40f60d3f8cfe97bedecf253f0000000000000000decf25be28155d3edecf253f3f677fbe0000000000000000d5442a3f3f677f3d710663bed5442a3fdc911c3ecadaea3e0000000000000000297416bfcadaea3ecadaea3ee2fedabe00000000de47fa3e0000000019210fbf94da263ede47fa3e0c4fab3e497b003f00000000000000005d4cbabe497b003f497b003f04e80dbf000000008dfd023f00000000d292bfbe67a72ebe8dfd023f51f6a8be00000000742b073f0000000087d713bf00000000742b073fed94d83e00000000000000006045ec3ef98cdabe6045ec3e6045ec3ecf01b9be7201143f00000000000000003a35cf3e435745be7201143f9b8b8abe00000000000000002041263f5259433e2bac5dbe2041263fc43452be0000000093a71d3f000000006299e43e0000000093a71d3f6a26f43e000000003a2c053f0000000017b9e5be4d9031be3a2c053fcf9aebbe00000000e25c0d3f00000000540b54bed87bbc3ee25c0d3fe74a6d3e0000000024600e3f00000000f0d00abe24600e3f24600e3f246319be8c79033f00000000000000002cbd2bbf000000008c79033f2cc7be3e00000000000000002cc7be3e41b32b3e2cc73e3f2cc7be3ed7fdd6bee4530f3f00000000000000009808cebe861a3fbee4530f3f0000000000000000970abf3e00000000ebc1cf3e970a3f3f970abf3e46875b3ece2abc3e0000000000000000240cc2bece2a3c3fce2abc3ea39f91be0000000000000000b1dc1e3f21cea6beedd053beb1dc1e3f0c54c6be0000000000000000a3a91e3f7d4b4abed98c53bea3a91e3f14d3b1be4f5e053f000000000000000034b40d3f14d331be4f5e053ff420c33e00000000d140273f0000000074cd053d00000000d140273fe541473e00000000e541c73e00000000409e6cbee541473fe541c73e6e27dcbe0000000015b4bc3e0000000077f616bc15b43c3f15b4bc3ecffba3bc00000000b6f9f53e00000000b9f1b63ecffb233fb6f9f53e470b65bd75c82b3f000000000000000039e69e3e0000000075c82b3fae1af53d00000000df16d23e00000000baf7d9be0f132f3fdf16d23e086899be0000000000000000de92d83e30f070be637a343fde92d83e59bb033f00000000000000009475093f3122b63e714737be9475093fdba81cbf0000000000000000c5a7fa3e7d06b13e831a273ec5a7fa3e9599063f000000000000000025bee63e9c0ead3e25bee63e25bee63ee9f9ccbc00000000000000006fbb193f94d0f93ee9f94cbe6fbb193ff2d90d3f0000000000000000632d083f5d4e9e3ed991353e632d083f77f2c3bef522eb3e000000000000000045f473bef9c11c3ff522eb3e0000000000000000362d303f00000000746953bcf3e66abe362d303f2820f4be422f1a3f0000000000000000629aa93d58944dbe422f1a3fdc8840be00000000000000003d5b003f854bfabd52242b3f3d5b003f0c80183f00000000f7c40c3f000000005ceca83d4ab13bbef7c40c3f928d8d3ee56b1a3f0000000000000000922a3dbe31e5cd3ee56b1a3fe4844abe000000000000000010eedc3e4db3883eb81b383f10eedc3e93bb853e93bb053f00000000000000004e2eacbe93bb053f93bb053f7138dabe00000000e4f1a83e000000006e03d0bee4f1283fe4f1a83e000000000000000000000000439a263f439aa6be05235ebe439a263fd7acbd3e00000000000000009116b63e7304a53e9116363f9116b63e00000000000000000000000019621d3f452ce6be22d851be19621d3ff521083f00000000000000007a03f23e0bc3d33ea757a13e7a03f23e7dead8be539c103f0000000000000000f7114e3e6fd0c03e539c103f14d3b1be00000000000000004f5e053f34b40dbf14d331be4f5e053f9f3e62be0000000000000000f7ae293f29de89be00000000f7ae293f0000000093c72e3f0000000000000000fa4485be0000000093c72e3f6564adbe0000000053eeb43e00000000c0d8bc3e53ee343f53eeb43edfb9dcbe000000009426133f000000002a7ec83e000000009426133f1268d0be00000000000000000d4e1c3f06bc5e3e1268503e0d4e1c3fdf2cb23c00000000a7a1053f000000006ed4133fdf2cb23ea7a1053f96720f3f0000000038af153f00000000fc96423d0000000038af153f7059b9be000000002220ea3e0000000058affb3e2220ea3e2220ea3e24080d3f0000000000000000d1c4f13ea547f33ee02d21bed1c4f13ee2af97bd0000000000000000e2af173f186a0a3f00000000e2af173f940cca3ea9a3213f00000000000000008f21523de28457bea9a3213f3d71d83e0000000000000000ee54223f78ec053e00000000ee54223f5177883e000000000000000041df143f61c2a3be027fc63e41df143fe793073f0000000000000000436be83ed18b08bf2df21abe436be83e3c7ae53e28fc183f00000000000000000d2995be0000000028fc183f07d521beb4c6d73e0000000000000000a80fb63e41d0333fb4c6d73e671904bf000000006aa1fd3e0000000054c7ed3e471629be6aa1fd3ecd6c953e5402233f0000000000000000f50ba5be000000005402233f782611be00000000000000002a2e2e3f3204513d8d3d68be2a2e2e3fe07ba83e000000002e6a103f00000000ec16f0be938d403e2e6a103f06b3a03e05be093f0000000000000000baf3393e05be093f05be093fd35403bf0000000000000000b223e13ee139a3bdcc17163fb223e13e202e02bf0000000000000000802adf3efa01d43e802adf3e802adf3ea04f883ea04f083f000000000000000085c4f83e81bfb53ea04f083fe31f99be0000000000000000e73f033fded3b2bee73f033fe73f033f67640cbf0000000067640c3f00000000e0dc81be8a303bbe67640c3f39539abe0000000039531a3f0000000008e8c0be4cc44dbe39531a3fb526923e0000000000000000a7e8063f778e133fdfe033bea7e8063f4bebca3e0000000000000000ad3c0f3fbc6fda3e92fb3ebead3c0f3f26297b3e00000000c470273f000000007b9a94be00000000c470273f09bf073f0000000000000000c29bfa3e755d163cc29bfa3ec29bfa3ea29a133f1609fd3e000000000000000061a9d83e000000001609fd3e8aa8d93e00000000061b113f00000000cf43c03e5e7941be061b113f3e17993e0000000088500d3f000000006270d03e606bbc3e88500d3feffed0be0000000000000000effed03e9f33e7be9f540b3feffed03eeacf11be0000000000000000dfb7da3ec023a83ee443363fdfb7da3e8791e93e0000000000000000c939e03e663dee3ec939e03ec939e03e8616aa3e00000000000000000512083f289f0abf5c6d353e0512083fa2480ebfa597083f00000000000000009aaa993e871f36bea597083f1cbe7fbe00000000bd7e2a3f00000000192b663e00000000bd7e2a3f4bb2163e0000000000000000b9edc83e4c9a6e3eb9ed483fb9edc83e39f1b63e0000000000000000c3ce1c3f0e0c913eaf1351bec3ce1c3f07baaabe4f56123f00000000000000006da7993ebf1dc33e4f56123f85e67b3d85e6fb3e0000000000000000ca6a92be03ef273f85e6fb3e2c3999be1927273f0000000000000000dff0d0bdccde5e3e1927273f5643c6be00000000000000001996e23e93f0a9bebb0e173f1996e23ef2b5e4be00000000000000004c79183fc785683e664c4bbe4c79183fe6fa8f3e0000000000000000b5111d3f97e5dbbcf16cd13eb5111d3fa0b1053f0000000000000000b2810b3f2c2da2be43023abeb2810b3f10d0623e000000000c1c2a3f0000000024570cbe10d0623e0c1c2a3f1e85f53e000000001e85f53e000000000c9208bf14ae23be1e85f53eeb7eefbe000000000000000051a2023fb603513b51a2023f51a2023f35c305bf3bf2f63e00000000000000000abbcbbe7da1a43e3bf2f63eb22eabbd0000000000000000b22e2b3f13d1623e433e64beb22e2b3f9531b13e00000000000000003b90233f65070b3ea4155abe3b90233f7198ddbe9b6b1c3f0000000000000000b25420be7a8f50be9b6b1c3fb474b5be000000006b7f273f00000000852f0a3e000000006b7f273ff72dc4bc00000000000000007922133f90b20c3ff72d44be7922133f19cfba3db82be03e00000000000000009f6604bf7b72153fb82be03e3335c9be00000000000000000a73f13ee6e7963d5cf7203f0a73f13e5c6a03bf00000000000000001221093fd91fb9bec3d636be1221093f9f45cabe5b2ec23e00000000000000002fadca3e4cd1213f5b2ec23e9b58a1be00000000f24b0a3f000000006691083f436538bef24b0a3ff7a6f63e00000000d0ade33e00000000c7fd133e35c9173fd0ade33e2e3c64be0000000000000000e8f0083f99a216bf8b96363ee8f0083f16e5d0beacbcee3e0000000000000000d1ab1cbf73281fbeacbcee3e40f8bdbe00000000000000004f5baf3e25dacb3e4f5b2f3f4f5baf3e7fb1ff3e00000000000000007f6a193f6519383e000000007f6a193f7bcc833e0000000000000000b8b2c53efda34a3eb8b2453fb8b2c53e2e1aa1be0000000000000000b4b5143f38468d3e9b47c63eb4b5143f3991183f9fc5023f000000000000000025ed9cbed45c2ebe9fc5023f4af719be00000000000000004af7193f02b9ecbeb8494dbe4af7193f0b03c53c48c2133f000000000000000048c213bf0000000048c2133f5c79723e00000000000000003da6213f84aba33e528857be3da6213fc475553d00000000000000005318203f3b20d4bec47555be5318203fb3edf03e000000009e8e103f000000009c3da6be28be40be9e8e103f26b99fbed46f133f0000000000000000bc5ee6be1b9544bed46f133f9a4c8bbe7a95003f00000000000000005e8ed23e7a95003f7a95003fc1499bbdc1491b3f000000000000000066c1eebe020d4f3ec1491b3f2c8ec9be893e213f0000000000000000645eb1bd0cfe563e893e213fcc59bd3e00000000000000008190ce3e5ec2953e16232c3f8190ce3e04bbb53d000000009e13da3e00000000b546b53e04bb353f9e13da3eb8be02bf000000002631d13e000000003aa9a8be19760b3f2631d13e715b55bef63c0e3f000000000000000062590d3f9ea63dbef63c0e3f088cea3e0000000000000000797cd03ee52ecfbea6fd0a3f797cd03e0000000000000000c238173f00000000b55f03bf03a149bec238173ffe0bca3e00000000a9b2063f00000000147d023fe19833bea9b2063f18f5d4bea752163f00000000000000005ac8bd3e00000000a752163fa30ece3e00000000e534be3e00000000dd78ccbde5343e3fe534be3eecf4953d0000000000000000ecf4153f2b1605bf3bf1473eecf4153f78a895be00000000000000005b250a3f09384fbe5b250a3f5b250a3fd765113ed765113f000000000000000005f20bbf1fdd41bed765113f479157be2a57013f0000000000000000c31cdf3e2a57013f2a57013f7837933e00000000000000009a99203f0190963e232256be9a99203f7b98dcbeedb61b3f000000000000000083db3abe929e4fbeedb61b3fdac0633e0000000000000000e6d5173f7972e9be88724abee6d5173ffc18023f000000004306df3e0000000057b1213ed7ae143f4306df3e41b07d3e000000008d36183f00000000aa83e0be67f34abe8d36183f2eb7da3e00000000b53a033f00000000b53a03bff2f82ebeb53a033ff3311a3f0000000000000000d02a043f8435a5be00000000d02a043f4cb7183f0000000041e6023f000000006e719b3e57882ebe41e6023f	\\x000000000000803f0000803f0000803f0000803f0000803f000080bf000080bf000080bf0000803f0000803f0000803f0000803f0000803f000080bf000080bf0000803f000080bf0000803f000080bf000080bf000080bf0000803f000080bf0000803f0000803f000080bf000080bf0000803f000080bf0000803f0000803f000080bf000080bf000080bf000080bf0000803f000080bf000080bf0000803f000080bf000080bf000080bf0000803f0000803f000080bf000080bf000080bf000080bf0000803f000080bf0000803f000080bf000080bf000080bf000080bf000080bf0000803f000080bf000080bf000080bf0000803f0000803f000080bf0000803f0000803f0000803f000080bf000080bf000080bf0000803f0000803f000080bf0000803f000080bf000080bf000080bf000080bf0000803f0000803f000080bf0000803f0000803f000080bf000080bf0000803f000080bf0000803f000080bf000080bf000080bf0000803f0000803f0000803f0000803f0000803f000080bf000080bf0000803f0000803f000080bf000080bf000080bf0000803f000080bf0000803f000080bf000080bf0000803f0000803f0000803f000080bf000080bf000080bf0000803f000080bf0000803f000080bf0000803f000080bf0000803f000080bf000080bf0000803f0000803f0000803f000080bf000080bf0000803f000080bf0000803f000080bf0000803f000080bf000080bf000080bf0000803f0000803f0000803f000080bf0000803f000080bf000080bf000080bf000080bf000080bf000080bf0000803f000080bf000080bf000080bf000080bf0000803f0000803f0000803f0000803f0000803f0000803f000080bf000080bf000080bf0000803f000080bf000080bf0000803f0000803f0000803f0000803f0000803f000080bf000080bf000080bf000080bf0000803f0000803f000080bf000080bf0000803f0000803f000080bf000080bf000080bf000080bf000080bf0000803f000080bf000080bf000080bf000080bf0000803f0000803f0000803f0000803f000080bf0000803f0000803f000080bf0000803f0000803f000080bf000080bf0000803f000080bf000080bf000080bf000080bf000080bf000080bf000080bf000080bf000080bf000080bf0000803f000080bf0000803f000080bf000080bf000080bf0000803f0000803f0000803f000080bf0000803f0000803f000080bf0000803f000080bf000080bf000080bf000080bf000080bf000080bf000080bf0000803f0000803f000080bf0000803f000080bf000080bf0000803f000080bf0000803f0000803f000080bf0000803f000080bf000080bf0000803f000080bf0000803f000080bf0000803f000080bf000080bf000080bf000080bf000080bf0000803f0000803f0000803f0000803f000080bf000080bf0000803f0000803f0000803f000080bf0000803f000080bf0000803f0000803f0000803f000080bf0000803f0000803f0000803f0000803f0000803f0000803f0000803f000080bf0000803f000080bf0000803f0000803f000080bf000080bf0000803f0000803f000080bf0000803f0000803f000080bf000080bf0000803f000080bf0000803f0000803f0000803f000080bf
\.


--
-- Data for Name: datasets; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.datasets (id, tenant_id, name, state, schema, description, secret, page_rows, created_at) FROM stdin;
37a1ecd9-91d2-4fd0-978f-e6830573b83e	4a3c46e1-d8d8-47da-909a-d971bad706e3	people	ready	{"csv": {"header": true, "delimiter": ","}, "task": "binary", "label": {"column": "churned", "negative": ["no"], "positive": ["yes"]}, "columns": [{"kind": "numeric", "name": "age", "scale": 24, "centre": 49, "missing": "error"}, {"kind": "categorical", "name": "plan", "missing": "ignore", "unknown": "ignore", "categories": ["basic", "business", "family"]}, {"kind": "numeric", "name": "minutes", "scale": 160, "centre": 210, "missing": "error"}, {"kind": "numeric", "name": "calls", "scale": 3, "centre": 1, "missing": "error"}], "scaling": "l2", "subject": "email", "version": 1, "intercept": 1, "missingMarks": ["", "?"]}	{"task": "binary", "scaling": {"kind": "l2", "intercept": 1}, "rowCount": 300, "labelNames": ["no", "yes"], "featureCount": 7, "featureNames": ["age", "plan = basic", "plan = business", "plan = family", "minutes", "calls"], "schemaDigest": "16411af5f0f7c7a111758404e8fb4b5539a187d1613e42aabdb399de24af1420"}	\\xc006834c3dd800a081cec5d66d6fe97a7e8b619b72e864f6bbb3d9c055011e62	2340	2026-11-29 21:48:06.417+00
\.


--
-- Data for Name: expunge_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.expunge_migrations (name, applied_at) FROM stdin;
0001 format 2	2026-11-29 21:47:59.482206+00
0002 evaluations	2026-11-29 21:47:59.482206+00
\.


--
-- Data for Name: ledger_checkpoints; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_checkpoints (size, note, created_at) FROM stdin;
0	upgrade.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— upgrade.example/log DNwm3V72LPnMRspZEY0sXHlyZ6w2UONchtkP4NX8R7RK+EcZOOBiV7yA9nEV5QPVWhH0GYJaPC5+iX9Mb6Yv+l8YoQE=\n	2026-11-29 21:48:04.334+00
1	upgrade.example/log\n1\n0XYFHigGdlf7DYdYk7yG9J/rUhmAU0r0nm5z9EFJutw=\n\n— upgrade.example/log DNwm3aoronIFq4XyEsXyN2/YouAhfoStswi4ToNb4PPPXmpZwKkinkgb+2yyZihDNPK/VeTTv3y7SSJWnhMjuiyLogY=\n	2026-11-29 21:48:11.857+00
2	upgrade.example/log\n2\ne6DWI5c63eDhoC54Uz1o3Gg/ndOxteLZaS1nMYzYr8Q=\n\n— upgrade.example/log DNwm3aCdVS0/CGSo/LFO9FGddLxYio1N++sT2fcUkgf5Ef1Je/Vx+8hbuKjoxYnxiUGVc8EAQO1DWczshcz1UOBsbQc=\n	2026-11-29 21:48:13.507+00
\.


--
-- Data for Name: ledger_entries; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_entries (index, entry) FROM stdin;
0	\\x7b22636f6d6d69746d656e74223a2231306362363534653831356331633437343561646163363031386161656537383832326239623365316166353939393864393731313737646161336635396161222c226b696e64223a2272657175657374222c226d6f64656c4964223a2266323365373133332d356530392d346632372d623236642d613364666363343434353137222c22726571756573744964223a2264313063633239362d613438612d343831312d623733392d376362366331333163663061222c2274696d65223a22323032362d31312d32395432313a34383a31315a222c2276657273696f6e223a317d
1	\\x7b226365727469666963617465446967657374223a2264353234393564613330356136613130646138633865366136333364333336313362653061326432356166303932316562303330393435313939646132623063222c226b696e64223a226365727469666963617465222c226d6f64656c4166746572223a2261336531663930636664386539346364633838633632633039376261396663646134316662373330653932643062326462343330336361613966333466656633222c226d6f64656c4265666f7265223a2235336163383836636433383335663537303637366538386166313837333335633662346664393965323034393861303861313263643966336433383634376238222c226d6f64656c4964223a2234333130623462382d366234652d346438632d623864352d353837633535323861646665222c22726571756573744964223a2264313063633239362d613438612d343831312d623733392d376362366331333163663061222c2274696d65223a22323032362d31312d32395432313a34383a31335a222c2276657273696f6e223a317d
\.


--
-- Data for Name: ledger_nodes; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_nodes (level, index, hash) FROM stdin;
0	0	\\xd176051e28067657fb0d875893bc86f49feb521980534af49e6e73f44149badc
0	1	\\x08188b95c425cf27d03ad1407ccb77308144744dc05fe0f3396565e76cb25abf
1	0	\\x7ba0d623973adde0e1a02e78533d68dc683f9dd3b1b5e2d9692d67318cd8afc4
\.


--
-- Data for Name: ledger_staged; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ledger_staged (id, entry, certificate_id) FROM stdin;
3	\\x7b22636f6d6d69746d656e74223a2230643634336637613063636663303839363131626466663636643763336232313337643164373263666630326665383266633933313730653434363162643337222c226b696e64223a2272657175657374222c226d6f64656c4964223a2236346539353637312d653662302d343165612d386266662d613837636363333563626161222c22726571756573744964223a2232383263333135302d623363302d343766632d393432332d326635346137343165393139222c2274696d65223a22323032362d31312d32395432313a34383a33335a222c2276657273696f6e223a317d	\N
\.


--
-- Data for Name: model_order; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.model_order (model_id, page, slots) FROM stdin;
6be94458-1794-461f-9362-1837bfe5d1a5	0	\\x890000002a00000024010000c60000006800000074000000c0000000b4000000b7000000080100008d0000002b0100001a000000f60000001d0100007c0000003f000000a8000000e900000005000000b1000000a5000000c70000005f0000002e000000a7000000b9000000f0000000250000006b0000008100000093000000d8000000ab0000000900000020010000ac000000c20000007b0000000a0100000a000000b6000000a00000008a0000000101000088000000750000000b000000f2000000d10000009f000000060000005e0000003e0000005a000000d00000003200000027000000790000004b000000d5000000430000000d000000c1000000170000006400000035000000b8000000d4000000ef00000010000000650000008600000026010000f80000003d0000009d00000007010000f900000056000000e40000004a0000001201000021010000220100000c010000e6000000bb000000cc0000002c000000ff0000006f0000001c01000019010000920000003600000042000000a200000076000000f5000000e700000025010000b3000000fe0000007000000003000000b2000000500000006200000024000000040100008f000000200000004e000000330000009e0000000400000047000000f300000041000000f4000000270100003a000000ed0000001101000015000000e5000000850000001c00000060000000d7000000010000009900000040000000480000001f010000870000001a0100001400000080000000e300000083000000c3000000e2000000290100000c000000da0000009a000000390000004c000000a4000000fa0000004d000000d900000061000000370000006e00000098000000d20000001d0000002f0000000f000000dd00000059000000d600000006010000fc00000008000000c50000001e0100005500000096000000070000002a01000000000000ec00000058000000670000005b00000077000000910000009700000023000000900000001300000030000000be00000046000000de00000082000000940000001301000010010000ad000000120000009c0000001801000019000000af000000a10000008b0000005300000021000000d3000000a60000001b0100007f000000a900000018000000eb0000003c000000aa0000000f010000ae0000005400000026000000e0000000110000006300000051000000780000002800000057000000dc000000280100005d0000004900000023010000df000000340000001b000000cb0000006a000000710000008c000000b50000008e000000950000007d000000cf00000069000000f10000000d0100000e01000016000000e1000000c40000003800000031000000c90000007a00000044000000020000001e00000052000000ce0000003b000000bf000000160100002900000073000000020100000e00000003010000db0000004f0000001f0000006c000000e8000000ee000000220000005c000000660000002d0000007e000000ea000000ba0000004500000072000000a3000000c800000000010000bc000000bd0000008400000015010000fb0000002b000000b00000006d000000fd0000000901000017010000ca0000009b0000000b010000f70000001401000005010000cd000000
\.


--
-- Data for Name: model_pages; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.model_pages (model_id, page, features, labels) FROM stdin;
6be94458-1794-461f-9362-1837bfe5d1a5	0	\\x6e27dcbe0000000015b4bc3e0000000077f616bc15b43c3f15b4bc3efc6be93e000000000000000059a4fe3e832d653e59a4fe3e59a4fe3eb22eabbd0000000000000000b22e2b3f13d1623e433e64beb22e2b3f5656c4bcc040133f00000000000000004457a93dc040133fc040133f92f00ebf1f0af53e000000000000000091c506bd1f0af53e1f0af53e45f7e63d74392d3f0000000000000000a33d133e45f766be74392d3fc3d5fbbe0000000000000000cf77c93e5e820a3ed7e3273fcf77c93ef420c33e00000000d140273f0000000074cd053d00000000d140273f0000000000000000970abf3e00000000ebc1cf3e970a3f3f970abf3ef43c943d00000000f43c143f00000000c81e093f9ba645bef43c143f4d5ff03e000000002e39103f000000006376a93e3e4c40be2e39103f044ef33e000000000000000089aa193fbb2eeebd61e34cbe89aa193f88c214bf00000000000000003bcf0e3f31f395bda4693ebe3bcf0e3f6d6e33be00000000d292063f000000006bc4bfbed292063fd292063ff7a6f63e00000000d0ade33e00000000c7fd133e35c9173fd0ade33e6a26f43e000000003a2c053f0000000017b9e5be4d9031be3a2c053f36df41be793f013f0000000000000000392c0e3da2542c3f793f013f782611be00000000000000002a2e2e3f3204513d8d3d68be2a2e2e3fd7acbd3e00000000000000009116b63e7304a53e9116363f9116b63e77f2c3bef522eb3e000000000000000045f473bef9c11c3ff522eb3eebd5533e47390d3f0000000000000000c05d57be47390d3f47390d3f99a4aabe000000004105c33e00000000bef30a3e4105433f4105c33e5643c6be00000000000000001996e23e93f0a9bebb0e173f1996e23e3912cebe000000003912ce3e00000000ed6bf33e7c61093f3912ce3ee2af97bd0000000000000000e2af173f186a0a3f00000000e2af173f7dead8be539c103f0000000000000000f7114e3e6fd0c03e539c103f7a24053f0000000031a2ff3e000000001c0cf6be0000000031a2ff3ea29a133f1609fd3e000000000000000061a9d83e000000001609fd3e1b3f12bf2dff063f0000000000000000ee7eaf3e000000002dff063f9b8b8abe00000000000000002041263f5259433e2bac5dbe2041263f9531b13e00000000000000003b90233f65070b3ea4155abe3b90233f7fb1ff3e00000000000000007f6a193f6519383e000000007f6a193fb93104bf000000004114173f00000000216744be000000004114173fdfb9dcbe000000009426133f000000002a7ec83e000000009426133f4af719be00000000000000004af7193f02b9ecbeb8494dbe4af7193fe9f9ccbc00000000000000006fbb193f94d0f93ee9f94cbe6fbb193faedf91be000000000000000016a7063f321e14bf738933be16a7063fd96dd2be000000008a7df03e000000002f480abfb153a03e8a7df03e671904bf000000006aa1fd3e0000000054c7ed3e471629be6aa1fd3e021cb53e000000000000000035e3103fa732e4bef12e41be35e3103f202e02bf0000000000000000802adf3efa01d43e802adf3e802adf3e5c6a03bf00000000000000001221093fd91fb9bec3d636be1221093f57db96be00000000000000009f400b3f048309bf7fab39be9f400b3fa30ece3e00000000e534be3e00000000dd78ccbde5343e3fe534be3eb341e03d00000000000000004631283f92ceb4be000000004631283fc475553d00000000000000005318203f3b20d4bec47555be5318203fbe46383e000000007ef31d3f00000000964fcfbefd9952be7ef31d3fc43452be0000000093a71d3f000000006299e43e0000000093a71d3f0000000000000000362d303f00000000746953bcf3e66abe362d303f10d0623e000000000c1c2a3f0000000024570cbe10d0623e0c1c2a3f3dd1bc3e0000000000000000ebd7213fbaa8113e8fca57beebd7213f1ce0883e000000002680b63e000000002bbcd0be2680363f2680b63e09bf073f0000000000000000c29bfa3e755d163cc29bfa3ec29bfa3e4a6aaa3e0000000000000000f611123f7d0fe6be9ec242bef611123f71bc0dbf54d5023f0000000000000000a9fac03ec6712e3e54d5023f04e80dbf000000008dfd023f00000000d292bfbe67a72ebe8dfd023fa0b1053f0000000000000000b2810b3f2c2da2be43023abeb2810b3f604c7ebe000000004088293f0000000056dee4bd000b62be4088293f43941fbf000000003ac8083f00000000b77ebf3d4d6036be3ac8083ff72dc4bc00000000000000007922133f90b20c3ff72d44be7922133f3d71d83e0000000000000000ee54223f78ec053e00000000ee54223f792703bfca130f3f0000000000000000ca138fbe0ec53ebeca130f3f378ce5bd000000000000000029292c3fa612393e378c65be29292c3fa05639be0000000000000000f42fca3ef6f7353ef42f4a3ff42fca3ea442883ea442083f0000000000000000fd241a3f00000000a442083fb7b1e93ecfcb1b3f0000000000000000f488ca3d69ba4fbecfcb1b3f0b76223e0b76223f0000000000000000ecbcb4be649d58be0b76223fc67e0c3f000000001ae0063f0000000054f7abbe78d5333e1ae0063f35c305bf3bf2f63e00000000000000000abbcbbe7da1a43e3bf2f63ec1499bbdc1491b3f000000000000000066c1eebe020d4f3ec1491b3fdc8840be00000000000000003d5b003f854bfabd52242b3f3d5b003fb3cbab3e00000000e340133f0000000077928f3e8456c43ee340133fb84853be00000000000000008a761e3f3cd4df3e000000008a761e3fb526923e0000000000000000a7e8063f778e133fdfe033bea7e8063f4088503d000000004088d03e00000000d3ad3bbd4088503f4088d03e948ce63c000000006fe92c3f000000009d86423e948c66be6fe92c3ff06ef8be000000000000000040f60d3f42e7ad3e56483dbe40f60d3fdc911c3ecadaea3e0000000000000000297416bfcadaea3ecadaea3ef9e3063f000000005607f93e00000000fd59e6bd5607f93e5607f93e40f8bdbe00000000000000004f5baf3e25dacb3e4f5b2f3f4f5baf3e773f0f3f0000000000000000773f0f3f2fbc243e4aff3ebe773f0f3f06b3a03e05be093f0000000000000000baf3393e05be093f05be093f7198ddbe9b6b1c3f0000000000000000b25420be7a8f50be9b6b1c3f6564adbe0000000053eeb43e00000000c0d8bc3e53ee343f53eeb43e07d521beb4c6d73e0000000000000000a80fb63e41d0333fb4c6d73e0c54c6be0000000000000000a3a91e3f7d4b4abed98c53bea3a91e3fb82f12bf675ae23e000000000000000043dc02bfefe616be675ae23ea04f883ea04f083f000000000000000085c4f83e81bfb53ea04f083f470b65bd75c82b3f000000000000000039e69e3e0000000075c82b3fe74a6d3e0000000024600e3f00000000f0d00abe24600e3f24600e3fff874b3effa5183f0000000000000000a5afff3e00000000ffa5183f086899be0000000000000000de92d83e30f070be637a343fde92d83e0b03c53c48c2133f000000000000000048c213bf0000000048c2133f39539abe0000000039531a3f0000000008e8c0be4cc44dbe39531a3f4971193fac85033f000000000000000062f693bee65c2fbeac85033f274f073f000000002a9c133f00000000c23a0cbe38d0443e2a9c133fdc228d3e075d293f0000000000000000a07d873b5fd161be075d293f0c4fab3e497b003f00000000000000005d4cbabe497b003f497b003fa66508bf0000000000000000d4d2e93ed37206bfe2e11bbed4d2e93ee07ba83e000000002e6a103f00000000ec16f0be938d403e2e6a103fd4ecbebd00000000d4ecbe3e00000000a1dbca3ed4ec3e3fd4ecbe3e1c12ce3e000000006861093f000000005191f5be8b2c373e6861093f5c79723e00000000000000003da6213f84aba33e528857be3da6213fae1af53d00000000df16d23e00000000baf7d9be0f132f3fdf16d23e3ee089be4c8afe3e0000000000000000b09011bf88b1a93e4c8afe3e39f1b63e0000000000000000c3ce1c3f0e0c913eaf1351bec3ce1c3f3e17993e0000000088500d3f000000006270d03e606bbc3e88500d3f33cd06bf0000000000000000660e133f3370253e331344be660e133f7bcc833e0000000000000000b8b2c53efda34a3eb8b2453fb8b2c53e78a895be00000000000000005b250a3f09384fbe5b250a3f5b250a3f51f6a8be00000000742b073f0000000087d713bf00000000742b073f2b29a93e0000000000000000c0bdfd3e9d351cbf2b2929bec0bdfd3e5a01e4beda00103f00000000000000004f34bb3e230140beda00103feffed0be0000000000000000effed03e9f33e7be9f540b3feffed03e2c8ec9be893e213f0000000000000000645eb1bd0cfe563e893e213f9f45cabe5b2ec23e00000000000000002fadca3e4cd1213f5b2ec23e9ac9b3be000000000000000033d7063fb9be57be33d7063f33d7063f61d1efbe000000000000000007e40f3fd60ebb3db4dabf3e07e40f3f438569be1529c83e00000000000000000bf1eebee7cc263f1529c83e59bb033f00000000000000009475093f3122b63e714737be9475093fd35403bf0000000000000000b223e13ee139a3bdcc17163fb223e13eb8ff0ebf0000000000000000b8ff0e3f752c2f3e4baa3ebeb8ff0e3feb7eefbe000000000000000051a2023fb603513b51a2023f51a2023fb2a2a3be00000000000000008ee8023f718b163f698b2ebe8ee8023f530116be0000000000000000fd01e13e23e2713ea8813b3ffd01e13e1cbe7fbe00000000bd7e2a3f00000000192b663e00000000bd7e2a3fb3edf03e000000009e8e103f000000009c3da6be28be40be9e8e103f7059b9be000000002220ea3e0000000058affb3e2220ea3e2220ea3e8213bbbe000000000000000026cdd53e82133b3ef52a323f26cdd53e57c3863d000000000225ca3e00000000473c00bf2c74283f0225ca3e928d8d3ee56b1a3f0000000000000000922a3dbe31e5cd3ee56b1a3f444acbbecd64003f00000000000000008ad60e3f11312bbecd64003f0000000000000000c238173f00000000b55f03bf03a149bec238173f79d3123f79d3123f0000000000000000f5ebeabd0000000079d3123f3a00023e00000000000000003a00023f5a80c9bda3552d3f3a00023fc6e3d23e000000000000000004dd143f2cf7c8be0000000004dd143fd70e0a3f000000002189043f0000000059d5c13ed6b630be2189043f00000000000000000000000000000000000000000000000000000000c227e9be00000000000000004a3b053f443c00bf000000004a3b053f0000000093c72e3f0000000000000000fa4485be0000000093c72e3feacf11be0000000000000000dfb7da3ec023a83ee443363fdfb7da3e0cf1233e0000000092e9f53e00000000320508bf92e9f53e92e9f53e8616aa3e00000000000000000512083f289f0abf5c6d353e0512083fc09900bf9e6aed3e000000000000000081bd0a3f14471ebe9e6aed3ef2d90d3f0000000000000000632d083f5d4e9e3ed991353e632d083fdba81cbf0000000000000000c5a7fa3e7d06b13e831a273ec5a7fa3ec1dd70beaf61033f0000000000000000006a0c3fea2caf3eaf61033f2dd26c3e0000000000000000a09ada3ef0b98cbe852b363fa09ada3ee4844abe000000000000000010eedc3e4db3883eb81b383f10eedc3ea2480ebfa597083f00000000000000009aaa993e871f36bea597083f14d3b1be4f5e053f000000000000000034b40d3f14d331be4f5e053f9599063f000000000000000025bee63e9c0ead3e25bee63e25bee63eed94d83e00000000000000006045ec3ef98cdabe6045ec3e6045ec3eeb7849be00000000eb78c93e00000000f0d7373eeb78493feb78c93e0ffc873e00000000ca58143f0000000099bea8beb8cbc53eca58143fdac0633e0000000000000000e6d5173f7972e9be88724abee6d5173f00000000000000000000000019621d3f452ce6be22d851be19621d3fffda51be000000003f641d3f00000000b2de3c3effdad13e3f641d3fd8ac23bf8f74073f00000000000000007fba583c6a9b34be8f74073fd026bc3e00000000000000001ad0043f1c740b3f781531be1ad0043f5375d23e00000000fed71d3f00000000e52388be00000000fed71d3f9f3e62be0000000000000000f7ae293f29de89be00000000f7ae293f9b3f753e000000009b3ff53e0000000093048d3ebc7f233f9b3ff53ecc59bd3e00000000000000008190ce3e5ec2953e16232c3f8190ce3e8cfe97bedecf253f0000000000000000decf25be28155d3edecf253f2f2c64be0000000023212b3f000000002321abbd2f2c64be23212b3fdf2cb23c00000000a7a1053f000000006ed4133fdf2cb23ea7a1053fc0d093beec71083f0000000000000000bb1e10bf3bed35beec71083f11b022be11b0223f0000000000000000dff4b2bec1ea58be11b0223f24080d3f0000000000000000d1c4f13ea547f33ee02d21bed1c4f13e5177883e000000000000000041df143f61c2a3be027fc63e41df143f9a81a23e00000000844a0b3f000000005311063fb0b839be844a0b3fa12244bd0000000000000000a122c43ec04baf3ea122443fa122c43e000000000000000000000000439a263f439aa6be05235ebe439a263f3c7ae53e28fc183f00000000000000000d2995be0000000028fc183f14d3b1be00000000000000004f5e053f34b40dbf14d331be4f5e053fecf4953d0000000000000000ecf4153f2b1605bf3bf1473eecf4153f8cfe973edecf253f0000000000000000decf253e28155dbedecf253f775cea3e00000000b0aaff3e00000000d1ec52beb0aaff3eb0aaff3edd0186be00000000cc02c93e000000002523e23e5482273fcc02c93e0076f63e000000000000000066e0133f596481be332b45be66e0133f8791e93e0000000000000000c939e03e663dee3ec939e03ec939e03e4575033f00000000000000001db1f23ed174dd3e69cba13e1db1f23eb64ea83e00000000000000005199d43ee821fb3e8bbb0d3f5199d43e4d52ae3e82e9203f0000000000000000ace39cbe0000000082e9203fe53e89be0000000000000000e0b1243fb8ce6e3ed5975bbee0b1243f9a4c8bbe7a95003f00000000000000005e8ed23e7a95003f7a95003fa79bedbe8b1ae43e00000000000000006e093f3eb211183f8b1ae43e715b55bef63c0e3f000000000000000062590d3f9ea63dbef63c0e3f088cea3e0000000000000000797cd03ee52ecfbea6fd0a3f797cd03e2820f4be422f1a3f0000000000000000629aa93d58944dbe422f1a3f19cfba3db82be03e00000000000000009f6604bf7b72153fb82be03e00000000992f2e3f000000000000000047598bbe00000000992f2e3fe79eb6bc000000002df7083f000000003bef203fe79e36be2df7083f59c4bf3e0000000077b0ff3e0000000003feaa3e77b0ff3e77b0ff3e044a2b3e00000000bad1123f00000000e3e3063f4ec243bebad1123fe6fa8f3e0000000000000000b5111d3f97e5dbbcf16cd13eb5111d3f46875b3ece2abc3e0000000000000000240cc2bece2a3c3fce2abc3e402bb83e008ff53e000000000000000081d81ebfaab423be008ff53edcf00c3f00000000c08ffa3e000000007af0dfbe800a27bec08ffa3e04bbb53d000000009e13da3e00000000b546b53e04bb353f9e13da3e1e85f53e000000001e85f53e000000000c9208bf14ae23be1e85f53e7b98dcbeedb61b3f000000000000000083db3abe929e4fbeedb61b3f8aa8d93e00000000061b113f00000000cf43c03e5e7941be061b113f6fe4ac3c0000000053ab013f00000000924b323e6fe42c3f53ab013f4cb7183f0000000041e6023f000000006e719b3e57882ebe41e6023fb474b5be000000006b7f273f00000000852f0a3e000000006b7f273f4bb2163e0000000000000000b9edc83e4c9a6e3eb9ed483fb9edc83e9f50db3c777c243f0000000000000000abfdb6be9f505bbe777c243f6463b63e000000009771d03e000000001de9913efeb32d3f9771d03ecf01b9be7201143f00000000000000003a35cf3e435745be7201143f1268d0be00000000000000000d4e1c3f06bc5e3e1268503e0d4e1c3f5d54a3be0000000007c4163f00000000f1ea65be5f05c93e07c4163fa7bab0bd00000000a7ba303f000000000d3d4bbe00000000a7ba303f246319be8c79033f00000000000000002cbd2bbf000000008c79033f88da4b3ee6e3183f00000000000000005928e93e88da4b3ee6e3183fabbb83be000000000000000067141e3f85c4b73edfc552be67141e3fe2fedabe00000000de47fa3e0000000019210fbf94da263ede47fa3e5c9752bd000000000000000085f11d3fcbc2f83e0000000085f11d3f16e5d0beacbcee3e0000000000000000d1ab1cbf73281fbeacbcee3ee31f99be0000000000000000e73f033fded3b2bee73f033fe73f033fcf9aebbe00000000e25c0d3f00000000540b54bed87bbc3ee25c0d3f0c80183f00000000f7c40c3f000000005ceca83d4ab13bbef7c40c3f26297b3e00000000c470273f000000007b9a94be00000000c470273fcd6c953e5402233f0000000000000000f50ba5be000000005402233ff2b5e4be00000000000000004c79183fc785683e664c4bbe4c79183f8694e0be59b8153f000000000000000059b8953e77a047be59b8153f5825073f0580f93e0000000000000000d224f0be595526be0580f93e42b299be000000000000000030ab273f8d2286bdeb8e5fbe30ab273feb2edebe87530c3f0000000000000000e90beb3e0000000087530c3f09c1e6be0000000009c1e63e0000000030f32fbe06d6193f09c1e63eaaa3133faaa3133f00000000000000005dee3fbd00000000aaa3133f2e1aa1be0000000000000000b4b5143f38468d3e9b47c63eb4b5143f8eacfc3e00000000000000007cd2093f82acc2be50c337be7cd2093f26b99fbed46f133f0000000000000000bc5ee6be1b9544bed46f133f940cca3ea9a3213f00000000000000008f21523de28457bea9a3213fcffba3bc00000000b6f9f53e00000000b9f1b63ecffb233fb6f9f53e23844b3e00000000000000002384cb3ea8f4e43d23844b3f2384cb3e3991183f9fc5023f000000000000000025ed9cbed45c2ebe9fc5023f581908be00000000000000009c51233f92a6b3be26c259be9c51233f5177083f000000000000000041df143f81a532bd027f463e41df143f07baaabe4f56123f00000000000000006da7993ebf1dc33e4f56123ff42c8b3e000000000000000053aede3ed917193e4591393f53aede3edded02bf00000000dded023f0000000065f1dcbe7c922ebedded023fa5c2e13ec381163f00000000000000003a15ad3e00000000c381163f4195ca3e1864d33e0000000000000000c7652e3ebe28303f1864d33e3a8ae0be000000007fd3b93e0000000056b9063e7fd3393f7fd3b93e41b07d3e000000008d36183f00000000aa83e0be67f34abe8d36183f80fcd93d0000000000000000b3ca023fcb27e83eb3ca023fb3ca023f4cccaabe00000000000000006c20f13e43b416bf48c0a03e6c20f13e3f677fbe0000000000000000d5442a3f3f677f3d710663bed5442a3f18f5d4bea752163f00000000000000005ac8bd3e00000000a752163fd7fdd6bee4530f3f00000000000000009808cebe861a3fbee4530f3fd765113ed765113f000000000000000005f20bbf1fdd41bed765113f8398113e00000000bd97f93e00000000bfa2923e2865263fbd97f93eb4d0b53e00000000000000001557003f61ff153fc71e2b3e1557003fb8be02bf000000002631d13e000000003aa9a8be19760b3f2631d13ef1e5323e6157193f000000000000000025c3ebbe81744cbe6157193f9b58a1be00000000f24b0a3f000000006691083f436538bef24b0a3f2e3c64be0000000000000000e8f0083f99a216bf8b96363ee8f0083fdd600abfdd600a3f000000000000000053e4b33e00000000dd600a3ff3311a3f0000000000000000d02a043f8435a5be00000000d02a043f2cc7be3e00000000000000002cc7be3e41b32b3e2cc73e3f2cc7be3eb08f99be7a85273f000000000000000034259f3da35c5fbe7a85273fe4c70fbf0000000000000000a10ce63e251f02bfc05d19bea10ce63e479157be2a57013f0000000000000000c31cdf3e2a57013f2a57013fac12043f00000000000000002769e23e5d0b11bfc5f016be2769e23efc18023f000000004306df3e0000000057b1213ed7ae143f4306df3e095cc23e00000000bb81f53e0000000045aed0bebb81f53ebb81f53e85e67b3d85e6fb3e0000000000000000ca6a92be03ef273f85e6fb3e2c3999be1927273f0000000000000000dff0d0bdccde5e3e1927273fe793073f0000000000000000436be83ed18b08bf2df21abe436be83e7138dabe00000000e4f1a83e000000006e03d0bee4f1283fe4f1a83e9fa92fbd0000000037bf033f00000000ca9f29bf9fa92f3e37bf033fe23b8dbe0000000000000000a95e023ffe8dc3bea95e023fa95e023f93bb853e93bb053f00000000000000004e2eacbe93bb053f93bb053f2eb7da3e00000000b53a033f00000000b53a03bff2f82ebeb53a033ffe0bca3e00000000a9b2063f00000000147d023fe19833bea9b2063f3335c9be00000000000000000a73f13ee6e7963d5cf7203f0a73f13e7837933e00000000000000009a99203f0190963e232256be9a99203ff521083f00000000000000007a03f23e0bc3d33ea757a13e7a03f23e68e181bd000000001bd2c23e00000000faa4b63e1bd2423f1bd2c23e00aa1abfd77aef3e00000000000000008081e3be00000000d77aef3e96720f3f0000000038af153f00000000fc96423d0000000038af153fe9ac4fbd0000000000000000e9accf3ee9accfbde9ac4f3fe9accf3ebab8b13efa0c243f0000000000000000c5abe53df8bb5abefa0c243fa39f91be0000000000000000b1dc1e3f21cea6beedd053beb1dc1e3f8b0603bf0000000000000000ddef0e3f43b990be27953ebeddef0e3fb1a9933d00000000b1a9133f00000000166f0a3f42e2443eb1a9133f3bf126bf0000000000000000c98d053fa8af553c611232bec98d053fd73c0c3f000000004c68f03e000000008febf73e884520be4c68f03e4bebca3e0000000000000000ad3c0f3fbc6fda3e92fb3ebead3c0f3fb48df33e00000000b48df33e000000003c480bbf785e22beb48df33eef6709bfef67093f00000000000000001fe3a43e3f3537beef67093f28963abe000000002896ba3e000000007713d33e28963a3f2896ba3e67466abd0000000000000000cdb42f3fe24641bd67466abecdb42f3f67640cbf0000000067640c3f00000000e0dc81be8a303bbe67640c3fac0d09bf8d05fd3e000000000000000032b8e33e5eae28be8d05fd3ee541473e00000000e541c73e00000000409e6cbee541473fe541c73eb9741cbf157b013f00000000000000007b8596be1ca42c3e157b013f	\\x0000803f000080bf000080bf0000803f0000803f000080bf0000803f000080bf0000803f000080bf000080bf000080bf000080bf0000803f000080bf0000803f0000803f000080bf0000803f0000803f0000803f0000803f0000803f0000803f000080bf0000803f0000803f000080bf0000803f000080bf000080bf000080bf000080bf000080bf0000803f000080bf0000803f0000803f000080bf0000803f000080bf0000803f0000803f0000803f000080bf0000803f0000803f000080bf000080bf000080bf000080bf0000803f000080bf0000803f0000803f0000803f0000803f000080bf000080bf000080bf000080bf000080bf000080bf0000803f000080bf000080bf000080bf0000803f0000803f0000803f000080bf000080bf000080bf000080bf0000803f000080bf000080bf0000803f000080bf0000803f000080bf0000803f000080bf0000803f0000803f000080bf0000803f0000803f000080bf000080bf000080bf0000803f0000803f0000803f000080bf000080bf000080bf0000803f0000803f0000803f0000803f0000803f000080bf0000803f0000803f000080bf000080bf000080bf0000803f000080bf0000803f0000803f000080bf0000803f0000803f0000803f0000803f000080bf0000803f000080bf0000803f000080bf000080bf000080bf000080bf000080bf0000803f000080bf000080bf0000803f0000803f000080bf0000803f000080bf000080bf0000803f000080bf000000000000803f000080bf0000803f0000803f0000803f000080bf000080bf000080bf0000803f0000803f0000803f000080bf000080bf000080bf0000803f0000803f0000803f0000803f0000803f000080bf000080bf000080bf000080bf000080bf000080bf0000803f000080bf000080bf000080bf0000803f000080bf000080bf000080bf000080bf0000803f000080bf000080bf0000803f0000803f000080bf000080bf000080bf000080bf000080bf000080bf000080bf000080bf000080bf0000803f0000803f000080bf0000803f000080bf0000803f000080bf000080bf000080bf000080bf000080bf0000803f0000803f0000803f000080bf0000803f000080bf000080bf000080bf000080bf000080bf0000803f000080bf0000803f000080bf000080bf000080bf000080bf0000803f0000803f000080bf0000803f000080bf0000803f0000803f000080bf000080bf000080bf000080bf000080bf000080bf0000803f000080bf000080bf000080bf000080bf000080bf0000803f0000803f000080bf000080bf0000803f0000803f000080bf000080bf0000803f000080bf0000803f0000803f0000803f0000803f0000803f000080bf0000803f000080bf000080bf0000803f0000803f0000803f000080bf0000803f0000803f000080bf0000803f0000803f0000803f0000803f000080bf0000803f0000803f0000803f000080bf0000803f0000803f000080bf0000803f0000803f0000803f0000803f0000803f0000803f000080bf0000803f000080bf000080bf0000803f0000803f000080bf0000803f000080bf000080bf000080bf000080bf000080bf000080bf000080bf0000803f000080bf0000803f000080bf000080bf000080bf0000803f0000803f
\.


--
-- Data for Name: models; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.models (id, tenant_id, dataset_id, name, state, evaluation_dataset_id, options, plan, timeline, disclosure, weights, version, page_slots, progress, failure, created_at) FROM stdin;
6be94458-1794-461f-9362-1837bfe5d1a5	4a3c46e1-d8d8-47da-909a-d971bad706e3	37a1ecd9-91d2-4fd0-978f-e6830573b83e	churn	ready	\N	{}	{"seed": null, "limit": null, "noise": {"kind": "on-release", "most": 0.03}, "epochs": 1102, "kernel": "float64", "target": {"delta": 0.00001, "epsilon": 1}, "isTuned": false, "process": {"eta": 3.9473684210526314, "radius": 300.29999999999995, "deletion": "tombstone", "rowCount": 300, "batchSize": 300, "dimension": 7, "lipschitz": 1, "batchCount": 1, "smoothness": 0.25333333333333335, "contraction": 0.9868421052631581, "sensitivity": 0.013157907285188373, "roundingPerStep": 0.000000000005033677685940022, "strongConvexity": 0.0033333333333333335}, "version": 2, "maxSteps": 1102, "objective": {"kind": "logistic"}, "releaseAt": "step", "requesters": "independent", "outputCount": 1, "featureCount": 7}	{"steps": 1467, "history": {"cells": [{"std": 0, "step": 1102, "shift": 1.000000495602085}, {"std": 0.02966107508011879, "step": 1467, "shift": 0.00000007884953353001448}], "start": 0}, "version": 2, "releases": null, "deletedCount": 1, "releaseCount": 1, "requestCount": 1, "certificateId": "3688705b-d84b-44e7-af26-0dbc4eea2f35"}	\N	\\x000000a0b13ad5bf0000000025d1d93f000000b06982e7bf00000040dbbde9bf000000d4cea40cc0000000d60c660640000000c0a89df2bf	2	2340	\N	\N	2026-11-29 21:48:09.167+00
\.


--
-- Data for Name: named_subjects; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.named_subjects (request_id, place, dataset_id, owner, digest) FROM stdin;
d10cc296-a48a-4811-b739-7cb6c131cf0a	0	37a1ecd9-91d2-4fd0-978f-e6830573b83e	\\x834ba7eeb8a9436aed3670a6c9c463e97dbd30b3adde4cd537025189e6fc3db2	\\x35dbb1d9dc59fa559d391b56df85209b544d2a80dca54bf58bea5098db05b460
282c3150-b3c0-47fc-9423-2f54a741e919	0	37a1ecd9-91d2-4fd0-978f-e6830573b83e	\\x1396ce38e4ae4db1913e8cdad51c6c9c16f304cdb23821241059eb2d6ccd3f0f	\\x5955cf805f04ee30329533b3ea0990bd775d08155da35831a4fd1020b3b7c715
\.


--
-- Data for Name: owners; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.owners (dataset_id, "row", owner) FROM stdin;
37a1ecd9-91d2-4fd0-978f-e6830573b83e	1	\\x2704a640062ac00dc36f7689bcf4eeb83d12ec6da5c9fa5afa61f7200527f2f5
37a1ecd9-91d2-4fd0-978f-e6830573b83e	2	\\x38fd532d25a5d10d34876b228b0cb683f404ef7a5be5584c9459a48df878a4f7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	3	\\x38fd532d25a5d10d34876b228b0cb683f404ef7a5be5584c9459a48df878a4f7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	4	\\x5e465ae928134198518b2805ce81c986577985e6eab535bb71f16fd401aaab82
37a1ecd9-91d2-4fd0-978f-e6830573b83e	5	\\x5e465ae928134198518b2805ce81c986577985e6eab535bb71f16fd401aaab82
37a1ecd9-91d2-4fd0-978f-e6830573b83e	6	\\x1396ce38e4ae4db1913e8cdad51c6c9c16f304cdb23821241059eb2d6ccd3f0f
37a1ecd9-91d2-4fd0-978f-e6830573b83e	7	\\x1396ce38e4ae4db1913e8cdad51c6c9c16f304cdb23821241059eb2d6ccd3f0f
37a1ecd9-91d2-4fd0-978f-e6830573b83e	8	\\xe18a8bf2468f82f800fdcea001fe8ae884ee56ddbf50f5b4a41afc83b9e9f1d3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	9	\\xe18a8bf2468f82f800fdcea001fe8ae884ee56ddbf50f5b4a41afc83b9e9f1d3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	10	\\x28ae9824905616f6079206ad520782cc9b657cf7d00aaa627a707d0de5884efc
37a1ecd9-91d2-4fd0-978f-e6830573b83e	11	\\x28ae9824905616f6079206ad520782cc9b657cf7d00aaa627a707d0de5884efc
37a1ecd9-91d2-4fd0-978f-e6830573b83e	12	\\x226279572f94d603a95527d8cb84b7d5c8cc95b3e6b3b78f9ad5586d8315ae2f
37a1ecd9-91d2-4fd0-978f-e6830573b83e	13	\\x226279572f94d603a95527d8cb84b7d5c8cc95b3e6b3b78f9ad5586d8315ae2f
37a1ecd9-91d2-4fd0-978f-e6830573b83e	14	\\xdd53c4245fee224937607e35ee9b3da7b119d0a005aee376c80aee52b30d1753
37a1ecd9-91d2-4fd0-978f-e6830573b83e	15	\\xdd53c4245fee224937607e35ee9b3da7b119d0a005aee376c80aee52b30d1753
37a1ecd9-91d2-4fd0-978f-e6830573b83e	16	\\xb942fd96133717afa42a0ff40e95e5e7dc81daebe751043ebae9ff34e51b149f
37a1ecd9-91d2-4fd0-978f-e6830573b83e	17	\\xb942fd96133717afa42a0ff40e95e5e7dc81daebe751043ebae9ff34e51b149f
37a1ecd9-91d2-4fd0-978f-e6830573b83e	18	\\xdcd2b17f8d4c2774b33f20271b5ea3e55652ab883b996f629042a9e7d237c940
37a1ecd9-91d2-4fd0-978f-e6830573b83e	19	\\xdcd2b17f8d4c2774b33f20271b5ea3e55652ab883b996f629042a9e7d237c940
37a1ecd9-91d2-4fd0-978f-e6830573b83e	20	\\xf476013e0337cc5c3f4ce35872d3e6c3b97c6d6c27c727f9a18aa1af10762fed
37a1ecd9-91d2-4fd0-978f-e6830573b83e	21	\\xf476013e0337cc5c3f4ce35872d3e6c3b97c6d6c27c727f9a18aa1af10762fed
37a1ecd9-91d2-4fd0-978f-e6830573b83e	22	\\x20dda0b4e7305a836fa790fd5ccd04b10adef4c67d1d62e72de9467a36cd3858
37a1ecd9-91d2-4fd0-978f-e6830573b83e	23	\\x20dda0b4e7305a836fa790fd5ccd04b10adef4c67d1d62e72de9467a36cd3858
37a1ecd9-91d2-4fd0-978f-e6830573b83e	24	\\xae0edde67ca03e646cd67657f184437983343a4ebc009ced3268ed7a08a7fb8d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	25	\\xae0edde67ca03e646cd67657f184437983343a4ebc009ced3268ed7a08a7fb8d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	26	\\x351b722d0e65c481bc6e0d05cb3716e469c8f6c876b0d9de277e80fe6b4e3c16
37a1ecd9-91d2-4fd0-978f-e6830573b83e	27	\\x351b722d0e65c481bc6e0d05cb3716e469c8f6c876b0d9de277e80fe6b4e3c16
37a1ecd9-91d2-4fd0-978f-e6830573b83e	28	\\x577c3aa5b92ec3c22047789ba435057e934c25a64a0a80cf7c9688ad63e0ab2d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	29	\\x577c3aa5b92ec3c22047789ba435057e934c25a64a0a80cf7c9688ad63e0ab2d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	30	\\x79c0e612a62dd8f023d9d16af99533dff3ec2dc1c0b43bdc49e7ae090acd0c67
37a1ecd9-91d2-4fd0-978f-e6830573b83e	31	\\x79c0e612a62dd8f023d9d16af99533dff3ec2dc1c0b43bdc49e7ae090acd0c67
37a1ecd9-91d2-4fd0-978f-e6830573b83e	32	\\xa468cb545d0f470807ebe318d4fc7b1b554beb43b064ad24bbe7d6e150dc4f03
37a1ecd9-91d2-4fd0-978f-e6830573b83e	33	\\xa468cb545d0f470807ebe318d4fc7b1b554beb43b064ad24bbe7d6e150dc4f03
37a1ecd9-91d2-4fd0-978f-e6830573b83e	34	\\x18ece902c9530946e66f0d862c06843b463f62b8f49d9f45e37f176dcd9fb1ed
37a1ecd9-91d2-4fd0-978f-e6830573b83e	35	\\x18ece902c9530946e66f0d862c06843b463f62b8f49d9f45e37f176dcd9fb1ed
37a1ecd9-91d2-4fd0-978f-e6830573b83e	36	\\x9b1ddfbf43185a58fed4d9fdbc5465cf5b64b6cd4fe15af8e38b1eb8c386830e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	37	\\x9b1ddfbf43185a58fed4d9fdbc5465cf5b64b6cd4fe15af8e38b1eb8c386830e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	38	\\xeb69f699d22c20ca5ece3f17ca4115d9925b990c42923c58a4740507a33ad55e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	39	\\xeb69f699d22c20ca5ece3f17ca4115d9925b990c42923c58a4740507a33ad55e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	40	\\x4efffa89a11f1bda59df9bed51df19468b0c0749b9470f5500576f928f07986c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	41	\\x4efffa89a11f1bda59df9bed51df19468b0c0749b9470f5500576f928f07986c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	42	\\x611b94f6ce9ef0a2a95e8fa606497d9953678cb8fae07bcb036289f4e6ef1429
37a1ecd9-91d2-4fd0-978f-e6830573b83e	43	\\x611b94f6ce9ef0a2a95e8fa606497d9953678cb8fae07bcb036289f4e6ef1429
37a1ecd9-91d2-4fd0-978f-e6830573b83e	44	\\x621c956634de84fd7e8e192ab7ff940b437e8b8be34fcc727a0986206115c806
37a1ecd9-91d2-4fd0-978f-e6830573b83e	45	\\x621c956634de84fd7e8e192ab7ff940b437e8b8be34fcc727a0986206115c806
37a1ecd9-91d2-4fd0-978f-e6830573b83e	46	\\x2440bac4bf75a71353ebe03ebd500abee05d14816cef2e15177ca7bef8685717
37a1ecd9-91d2-4fd0-978f-e6830573b83e	47	\\x2440bac4bf75a71353ebe03ebd500abee05d14816cef2e15177ca7bef8685717
37a1ecd9-91d2-4fd0-978f-e6830573b83e	48	\\xd4e55a3344e8971c48ee65d6afddbe60ff6d0c1352b0402a06b444d514a18a4c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	49	\\xd4e55a3344e8971c48ee65d6afddbe60ff6d0c1352b0402a06b444d514a18a4c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	50	\\x0e26bd15bbae0a2bd476879f8804737f973cb3fba709ba4cc44552c7b5ab57af
37a1ecd9-91d2-4fd0-978f-e6830573b83e	51	\\x0e26bd15bbae0a2bd476879f8804737f973cb3fba709ba4cc44552c7b5ab57af
37a1ecd9-91d2-4fd0-978f-e6830573b83e	52	\\x5f69af15ccd137cb0cb523fb54f2df69da87f3f6a27371c192211127549837f6
37a1ecd9-91d2-4fd0-978f-e6830573b83e	53	\\x5f69af15ccd137cb0cb523fb54f2df69da87f3f6a27371c192211127549837f6
37a1ecd9-91d2-4fd0-978f-e6830573b83e	54	\\x69945e839f24a6e21ef3d4424c8cf4d896f01e376195c914754c1e8cc28afb6c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	55	\\x69945e839f24a6e21ef3d4424c8cf4d896f01e376195c914754c1e8cc28afb6c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	56	\\x4a14cbff8e35c3488c163da8d26944a2e5246f227973cf52c6a573da9a14ac2d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	57	\\x4a14cbff8e35c3488c163da8d26944a2e5246f227973cf52c6a573da9a14ac2d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	58	\\x9752ae42a7a28a975aa9c48d5b1ab3a5e6ea42fff092b877db982c96633376f7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	59	\\x9752ae42a7a28a975aa9c48d5b1ab3a5e6ea42fff092b877db982c96633376f7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	60	\\xb6f1578831e5ed916dd786852911a261175f1bdfdee28cf47c31649d590e97d8
37a1ecd9-91d2-4fd0-978f-e6830573b83e	61	\\xb6f1578831e5ed916dd786852911a261175f1bdfdee28cf47c31649d590e97d8
37a1ecd9-91d2-4fd0-978f-e6830573b83e	62	\\x09dff9a55de9e445ae10857d285c66447259064efbb07a86447fabe33c2709d9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	63	\\x09dff9a55de9e445ae10857d285c66447259064efbb07a86447fabe33c2709d9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	64	\\x67122b3041c05977627d087a46810345381b00db10db192ad9ec160aec9f5452
37a1ecd9-91d2-4fd0-978f-e6830573b83e	65	\\x67122b3041c05977627d087a46810345381b00db10db192ad9ec160aec9f5452
37a1ecd9-91d2-4fd0-978f-e6830573b83e	66	\\xa074eb5785b151d268ae4abfaee206cb9f1de39b4730a711a6cc3b902044f154
37a1ecd9-91d2-4fd0-978f-e6830573b83e	67	\\xa074eb5785b151d268ae4abfaee206cb9f1de39b4730a711a6cc3b902044f154
37a1ecd9-91d2-4fd0-978f-e6830573b83e	68	\\x91000a5b4c09627e5dd99dc4e0a4b3cf2abf66ac6fd781b091392d3dcc61bb01
37a1ecd9-91d2-4fd0-978f-e6830573b83e	69	\\x91000a5b4c09627e5dd99dc4e0a4b3cf2abf66ac6fd781b091392d3dcc61bb01
37a1ecd9-91d2-4fd0-978f-e6830573b83e	70	\\x7f2a53ae7c533336f5ee764f436985535612873a7d63d67cc9849ffc10837ced
37a1ecd9-91d2-4fd0-978f-e6830573b83e	71	\\x7f2a53ae7c533336f5ee764f436985535612873a7d63d67cc9849ffc10837ced
37a1ecd9-91d2-4fd0-978f-e6830573b83e	72	\\xa1bed372b0e85e3f1d1c1bd3755b6a6cc092af73f2abc788b7bf787e2ab3b7e6
37a1ecd9-91d2-4fd0-978f-e6830573b83e	73	\\xa1bed372b0e85e3f1d1c1bd3755b6a6cc092af73f2abc788b7bf787e2ab3b7e6
37a1ecd9-91d2-4fd0-978f-e6830573b83e	74	\\xbc453579e63e122e754364fa79d5459a5e253a98abf495e4b0998d97d91a1b14
37a1ecd9-91d2-4fd0-978f-e6830573b83e	75	\\xbc453579e63e122e754364fa79d5459a5e253a98abf495e4b0998d97d91a1b14
37a1ecd9-91d2-4fd0-978f-e6830573b83e	76	\\x1ffd815a1211daea788236c9c3bda28d75773d2c6016ad03dc15f59008d37b65
37a1ecd9-91d2-4fd0-978f-e6830573b83e	77	\\x1ffd815a1211daea788236c9c3bda28d75773d2c6016ad03dc15f59008d37b65
37a1ecd9-91d2-4fd0-978f-e6830573b83e	78	\\x5a24181bcd72866524a9c6560471120de45c2d050ae6dbb1e84c8d3bfdee1d5f
37a1ecd9-91d2-4fd0-978f-e6830573b83e	79	\\x5a24181bcd72866524a9c6560471120de45c2d050ae6dbb1e84c8d3bfdee1d5f
37a1ecd9-91d2-4fd0-978f-e6830573b83e	80	\\x13faaac9aacc6ef286be695e7421153c6d06f777287f960480a65ab69df625fd
37a1ecd9-91d2-4fd0-978f-e6830573b83e	81	\\x13faaac9aacc6ef286be695e7421153c6d06f777287f960480a65ab69df625fd
37a1ecd9-91d2-4fd0-978f-e6830573b83e	82	\\x4d257edd65122c637ec5ee7b82af833c9855edb8966fea2ba593f930aece78a9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	83	\\x4d257edd65122c637ec5ee7b82af833c9855edb8966fea2ba593f930aece78a9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	84	\\x33943e026992a07b50c2d3b461f150928a636a87c686cc99318d2fdd98c24c3a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	85	\\x33943e026992a07b50c2d3b461f150928a636a87c686cc99318d2fdd98c24c3a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	86	\\x0bd467faf484ee3a769f0bd71e14a5cc3f67588aedd55a0055741972f14a7684
37a1ecd9-91d2-4fd0-978f-e6830573b83e	87	\\x0bd467faf484ee3a769f0bd71e14a5cc3f67588aedd55a0055741972f14a7684
37a1ecd9-91d2-4fd0-978f-e6830573b83e	88	\\x2811040c7fc6ee5f57deeac3772bf62d90f2b845a3a6daaa59109325af5cfba2
37a1ecd9-91d2-4fd0-978f-e6830573b83e	89	\\x2811040c7fc6ee5f57deeac3772bf62d90f2b845a3a6daaa59109325af5cfba2
37a1ecd9-91d2-4fd0-978f-e6830573b83e	90	\\x1f6311c3ab176a4c0969f0de7466c2b9486929a8a2ea4a3d4ca2734ec1195bda
37a1ecd9-91d2-4fd0-978f-e6830573b83e	91	\\x1f6311c3ab176a4c0969f0de7466c2b9486929a8a2ea4a3d4ca2734ec1195bda
37a1ecd9-91d2-4fd0-978f-e6830573b83e	92	\\xb4848f418414ccae33e65c437f137fed44e6094bb8f0d810230b76f2f2ff2051
37a1ecd9-91d2-4fd0-978f-e6830573b83e	93	\\xb4848f418414ccae33e65c437f137fed44e6094bb8f0d810230b76f2f2ff2051
37a1ecd9-91d2-4fd0-978f-e6830573b83e	94	\\x4791ec95cbabd06b81f3809d0ba63e6a4ab3f93ee40f61e899ac2b3c5c4064e1
37a1ecd9-91d2-4fd0-978f-e6830573b83e	95	\\x4791ec95cbabd06b81f3809d0ba63e6a4ab3f93ee40f61e899ac2b3c5c4064e1
37a1ecd9-91d2-4fd0-978f-e6830573b83e	96	\\xe15fa8daa2fa92677aec554eec69dbf9304aa151368f17a4f201d92b6a9cdb9e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	97	\\xe15fa8daa2fa92677aec554eec69dbf9304aa151368f17a4f201d92b6a9cdb9e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	98	\\xc3ad88c940f38cab79345f455b636a287eb91cb9f33a50fa78bda41271e24774
37a1ecd9-91d2-4fd0-978f-e6830573b83e	99	\\xc3ad88c940f38cab79345f455b636a287eb91cb9f33a50fa78bda41271e24774
37a1ecd9-91d2-4fd0-978f-e6830573b83e	100	\\x4ae7a9ccd0c2a918379ca722d290f736c77a589349a08eba781649390fa7968e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	101	\\x4ae7a9ccd0c2a918379ca722d290f736c77a589349a08eba781649390fa7968e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	102	\\x1cbc3bf71b0e4d2b2896ac6ad5ed271ddf8137e2ee000b165248266b0b9a7692
37a1ecd9-91d2-4fd0-978f-e6830573b83e	103	\\x1cbc3bf71b0e4d2b2896ac6ad5ed271ddf8137e2ee000b165248266b0b9a7692
37a1ecd9-91d2-4fd0-978f-e6830573b83e	104	\\xc4ce6d62f1d7d6054395c1d468dc1ea5535102ba223a2b155a94c7745cb2ca92
37a1ecd9-91d2-4fd0-978f-e6830573b83e	105	\\xc4ce6d62f1d7d6054395c1d468dc1ea5535102ba223a2b155a94c7745cb2ca92
37a1ecd9-91d2-4fd0-978f-e6830573b83e	106	\\xa6b41b084ca5d8c0cd3f7054a57df8db8fe4f43aa6aa2416a3f701af320072c9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	107	\\xa6b41b084ca5d8c0cd3f7054a57df8db8fe4f43aa6aa2416a3f701af320072c9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	108	\\x7f9d36dade50a9901d11e5ec73e4338922599ef419f83ae80677991da98a5682
37a1ecd9-91d2-4fd0-978f-e6830573b83e	109	\\x7f9d36dade50a9901d11e5ec73e4338922599ef419f83ae80677991da98a5682
37a1ecd9-91d2-4fd0-978f-e6830573b83e	110	\\xc423c35f8d1d6a0c3aeb6c1c1a3a642444731111469667c2e1249f8a92a6f7ae
37a1ecd9-91d2-4fd0-978f-e6830573b83e	111	\\xc423c35f8d1d6a0c3aeb6c1c1a3a642444731111469667c2e1249f8a92a6f7ae
37a1ecd9-91d2-4fd0-978f-e6830573b83e	112	\\x93f7a3da48dae931e2bc480e7cea06d8792eb4d2592664d7952287710bb79084
37a1ecd9-91d2-4fd0-978f-e6830573b83e	113	\\x93f7a3da48dae931e2bc480e7cea06d8792eb4d2592664d7952287710bb79084
37a1ecd9-91d2-4fd0-978f-e6830573b83e	114	\\x7d8afb5c5e217ac166d8fdf0fcec91cc4ecaf6952d92a892ea960b66cf61f005
37a1ecd9-91d2-4fd0-978f-e6830573b83e	115	\\x7d8afb5c5e217ac166d8fdf0fcec91cc4ecaf6952d92a892ea960b66cf61f005
37a1ecd9-91d2-4fd0-978f-e6830573b83e	116	\\x7ffe67d16ca41f2ffdebef6ce3442fc0f8eafa42f881b86ab4e9a4d240b31f4d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	117	\\x7ffe67d16ca41f2ffdebef6ce3442fc0f8eafa42f881b86ab4e9a4d240b31f4d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	118	\\xc29296606b3adf503d758b48fdf743229291db1010f57427051d1b6c4aa731fc
37a1ecd9-91d2-4fd0-978f-e6830573b83e	119	\\xc29296606b3adf503d758b48fdf743229291db1010f57427051d1b6c4aa731fc
37a1ecd9-91d2-4fd0-978f-e6830573b83e	120	\\x793981804d6ebcc22f0936db81e145362ec481e467ccb14b7f15783ea90ed0c6
37a1ecd9-91d2-4fd0-978f-e6830573b83e	121	\\x793981804d6ebcc22f0936db81e145362ec481e467ccb14b7f15783ea90ed0c6
37a1ecd9-91d2-4fd0-978f-e6830573b83e	122	\\x90a498a7355b24e5dbccd8f394f37a1d48f123a438477c2d17e33af414de34fb
37a1ecd9-91d2-4fd0-978f-e6830573b83e	123	\\x90a498a7355b24e5dbccd8f394f37a1d48f123a438477c2d17e33af414de34fb
37a1ecd9-91d2-4fd0-978f-e6830573b83e	124	\\xbf9a727269c1b586a5389e5777aba9fb0e257553fa3986c1b01b8333ab515dda
37a1ecd9-91d2-4fd0-978f-e6830573b83e	125	\\xbf9a727269c1b586a5389e5777aba9fb0e257553fa3986c1b01b8333ab515dda
37a1ecd9-91d2-4fd0-978f-e6830573b83e	126	\\x439b85a85a910e3cb0433895764251d46b2e7c624dcf81a7e18ad92cd0670394
37a1ecd9-91d2-4fd0-978f-e6830573b83e	127	\\x439b85a85a910e3cb0433895764251d46b2e7c624dcf81a7e18ad92cd0670394
37a1ecd9-91d2-4fd0-978f-e6830573b83e	128	\\xeed401e505ed5f4d6d0435ef73412d80689af2c4aeffb3c65d656e3a1638df6a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	129	\\xeed401e505ed5f4d6d0435ef73412d80689af2c4aeffb3c65d656e3a1638df6a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	130	\\x2f287bc565baa3664a528e6176d72e8549bf487c123b3d8448cd69e1e77f0af7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	131	\\x2f287bc565baa3664a528e6176d72e8549bf487c123b3d8448cd69e1e77f0af7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	132	\\x1f4f3d550fdb075396fd3dfab94b1af750cb30aefb18358ee675d598a22d4156
37a1ecd9-91d2-4fd0-978f-e6830573b83e	133	\\x1f4f3d550fdb075396fd3dfab94b1af750cb30aefb18358ee675d598a22d4156
37a1ecd9-91d2-4fd0-978f-e6830573b83e	134	\\x39f4dfb16d4394b91870bbec868ae5e102b8e352b44cbbd991223c3c483f7bc1
37a1ecd9-91d2-4fd0-978f-e6830573b83e	135	\\x39f4dfb16d4394b91870bbec868ae5e102b8e352b44cbbd991223c3c483f7bc1
37a1ecd9-91d2-4fd0-978f-e6830573b83e	136	\\x67c4213c0b268bc4599e1d4c2f7793284ae5329c0261932d19f40efb86238362
37a1ecd9-91d2-4fd0-978f-e6830573b83e	137	\\x67c4213c0b268bc4599e1d4c2f7793284ae5329c0261932d19f40efb86238362
37a1ecd9-91d2-4fd0-978f-e6830573b83e	138	\\x11908348e5b4c51904c7fd50811e4d7d082bcbff1c71c1385f876d11ff043f6b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	139	\\x11908348e5b4c51904c7fd50811e4d7d082bcbff1c71c1385f876d11ff043f6b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	140	\\xf3db6450d707d463481850f330120626f2364085541bab0976bfed05a67af879
37a1ecd9-91d2-4fd0-978f-e6830573b83e	141	\\xf3db6450d707d463481850f330120626f2364085541bab0976bfed05a67af879
37a1ecd9-91d2-4fd0-978f-e6830573b83e	142	\\xab79816ac2b06b3b25d850309580495e787aac4324f9b61ebcc0ffda83afcaef
37a1ecd9-91d2-4fd0-978f-e6830573b83e	143	\\xab79816ac2b06b3b25d850309580495e787aac4324f9b61ebcc0ffda83afcaef
37a1ecd9-91d2-4fd0-978f-e6830573b83e	144	\\xc515de776cb83c5a164e05d01ad23010beb6553cc0a9f7f9d470371e9f954ce3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	145	\\xc515de776cb83c5a164e05d01ad23010beb6553cc0a9f7f9d470371e9f954ce3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	146	\\x5edf7ec382ab953b11e287e73a06ffd7d2ffc1b147a11b7c54f6fb76d7f88a80
37a1ecd9-91d2-4fd0-978f-e6830573b83e	147	\\x5edf7ec382ab953b11e287e73a06ffd7d2ffc1b147a11b7c54f6fb76d7f88a80
37a1ecd9-91d2-4fd0-978f-e6830573b83e	148	\\xd1e8fc121dc2eb7132015d0ddc09dae94071aba45771b97dbaaebe5768670acf
37a1ecd9-91d2-4fd0-978f-e6830573b83e	149	\\xd1e8fc121dc2eb7132015d0ddc09dae94071aba45771b97dbaaebe5768670acf
37a1ecd9-91d2-4fd0-978f-e6830573b83e	150	\\x7ff976560fbd41b288b1f14a8449fa69e63c82404b3ce4e7d5d5ef2d7d8d86b9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	151	\\x7ff976560fbd41b288b1f14a8449fa69e63c82404b3ce4e7d5d5ef2d7d8d86b9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	152	\\xaae506cf50129cd1258193d61905cc769d957f7b613e3b72edbef6b80105998d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	153	\\xaae506cf50129cd1258193d61905cc769d957f7b613e3b72edbef6b80105998d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	154	\\x86a4816c62d48de1fa975e280508ae1ed8a6e3c42b00ae35aaae803f26f88a2c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	155	\\x86a4816c62d48de1fa975e280508ae1ed8a6e3c42b00ae35aaae803f26f88a2c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	156	\\xe04605cf4e6c3d63f799c9ad6f6aee218584b38853dbea3a09a80ed9c53ea09b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	157	\\xe04605cf4e6c3d63f799c9ad6f6aee218584b38853dbea3a09a80ed9c53ea09b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	158	\\x57b63a88b740548432ef16829dcb73c213e3040c49bee3e49048c64e3e8943e7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	159	\\x57b63a88b740548432ef16829dcb73c213e3040c49bee3e49048c64e3e8943e7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	160	\\xc13f37d0b3c1e99b3d72ef869b545ac23b59200cf45e16ec565fdad178374020
37a1ecd9-91d2-4fd0-978f-e6830573b83e	161	\\xc13f37d0b3c1e99b3d72ef869b545ac23b59200cf45e16ec565fdad178374020
37a1ecd9-91d2-4fd0-978f-e6830573b83e	162	\\x105fc0e5c081ec39701abbb64daaa8d97166f6d6dd84469184ffdd810b238753
37a1ecd9-91d2-4fd0-978f-e6830573b83e	163	\\x105fc0e5c081ec39701abbb64daaa8d97166f6d6dd84469184ffdd810b238753
37a1ecd9-91d2-4fd0-978f-e6830573b83e	164	\\xf4d36c3e98bd10f650f50a8144496f5ee062b62f674fc9c662051b4ec778b47a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	165	\\xf4d36c3e98bd10f650f50a8144496f5ee062b62f674fc9c662051b4ec778b47a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	166	\\xe2d2dec57d78588b5cf12272ca9eed1f7dacbb577a22c08ebe1e4a267dfe5424
37a1ecd9-91d2-4fd0-978f-e6830573b83e	167	\\xe2d2dec57d78588b5cf12272ca9eed1f7dacbb577a22c08ebe1e4a267dfe5424
37a1ecd9-91d2-4fd0-978f-e6830573b83e	168	\\x4f961f994832bf9dea8c090280d952304a90fe60ee773485e74186482a1b3e5a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	169	\\x4f961f994832bf9dea8c090280d952304a90fe60ee773485e74186482a1b3e5a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	170	\\x176d59c38b8175b95f4a7a858b3014d5b996f5458b6096ea9b107a90cbd74ce2
37a1ecd9-91d2-4fd0-978f-e6830573b83e	171	\\x176d59c38b8175b95f4a7a858b3014d5b996f5458b6096ea9b107a90cbd74ce2
37a1ecd9-91d2-4fd0-978f-e6830573b83e	172	\\x69daf0acf8cca54bc88047ba08e1c4d95700478220effebba6a6fb2ae1576db7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	173	\\x69daf0acf8cca54bc88047ba08e1c4d95700478220effebba6a6fb2ae1576db7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	174	\\x4af3f0bd6311a48c7bee47d33cd5461138ee3cb11326405fc4c1f97b7f18e461
37a1ecd9-91d2-4fd0-978f-e6830573b83e	175	\\x4af3f0bd6311a48c7bee47d33cd5461138ee3cb11326405fc4c1f97b7f18e461
37a1ecd9-91d2-4fd0-978f-e6830573b83e	176	\\x186218f5609713517dabfb1f988f1ce2ed1a108760ab169a00d826a5fdd2f3fc
37a1ecd9-91d2-4fd0-978f-e6830573b83e	177	\\x186218f5609713517dabfb1f988f1ce2ed1a108760ab169a00d826a5fdd2f3fc
37a1ecd9-91d2-4fd0-978f-e6830573b83e	178	\\x6845e7e5807d9de9100cf1074263bb95859367f9516daeb290e67f60e72499b5
37a1ecd9-91d2-4fd0-978f-e6830573b83e	179	\\x6845e7e5807d9de9100cf1074263bb95859367f9516daeb290e67f60e72499b5
37a1ecd9-91d2-4fd0-978f-e6830573b83e	180	\\x2063358290f9778b76561f9de27f4a377af54a11c9082c1542072844dcd30957
37a1ecd9-91d2-4fd0-978f-e6830573b83e	181	\\x2063358290f9778b76561f9de27f4a377af54a11c9082c1542072844dcd30957
37a1ecd9-91d2-4fd0-978f-e6830573b83e	182	\\xe6a0012b570584cd8723b4bb88c130d8a72548dedfb6fd5e8d24592c1a586007
37a1ecd9-91d2-4fd0-978f-e6830573b83e	183	\\xe6a0012b570584cd8723b4bb88c130d8a72548dedfb6fd5e8d24592c1a586007
37a1ecd9-91d2-4fd0-978f-e6830573b83e	184	\\xe61e899267a54b7ff0c7ea4f66d731ee4e80fb9bf231507dbe6e288fca27cf32
37a1ecd9-91d2-4fd0-978f-e6830573b83e	185	\\xe61e899267a54b7ff0c7ea4f66d731ee4e80fb9bf231507dbe6e288fca27cf32
37a1ecd9-91d2-4fd0-978f-e6830573b83e	186	\\xfcccffbee33e7585e753c2d0d804b9304900c7e3972fadcc8d951d5c8848f93b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	187	\\xfcccffbee33e7585e753c2d0d804b9304900c7e3972fadcc8d951d5c8848f93b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	188	\\x546c615be1a99b26ed479ec1eb69e6b087bc34fad240e9f55b48e8e429361575
37a1ecd9-91d2-4fd0-978f-e6830573b83e	189	\\x546c615be1a99b26ed479ec1eb69e6b087bc34fad240e9f55b48e8e429361575
37a1ecd9-91d2-4fd0-978f-e6830573b83e	190	\\xa61a1616633182e67402660b7fc8597f373842bbd135739e7b3f6253437d89f2
37a1ecd9-91d2-4fd0-978f-e6830573b83e	191	\\xa61a1616633182e67402660b7fc8597f373842bbd135739e7b3f6253437d89f2
37a1ecd9-91d2-4fd0-978f-e6830573b83e	192	\\xce2d9ecbf1b0a04287e7d7308bdd16d9b90e0c617e4217d1e8dc70a9fd767638
37a1ecd9-91d2-4fd0-978f-e6830573b83e	193	\\xce2d9ecbf1b0a04287e7d7308bdd16d9b90e0c617e4217d1e8dc70a9fd767638
37a1ecd9-91d2-4fd0-978f-e6830573b83e	194	\\x506738d5e3ace496ced32a0459eeccb9c630332219b290df34cbf3a1c3533443
37a1ecd9-91d2-4fd0-978f-e6830573b83e	195	\\x506738d5e3ace496ced32a0459eeccb9c630332219b290df34cbf3a1c3533443
37a1ecd9-91d2-4fd0-978f-e6830573b83e	196	\\x839ad7aa7a10bfe856c9635c86186ff80023e29969d894a33a4a28b96f45518b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	197	\\x839ad7aa7a10bfe856c9635c86186ff80023e29969d894a33a4a28b96f45518b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	198	\\xe3ea17fee1611906f9aa90590f9f79dc4baf0bb25de6310da486edd71cf4567a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	199	\\xe3ea17fee1611906f9aa90590f9f79dc4baf0bb25de6310da486edd71cf4567a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	200	\\x19cfe8af33b4b8c95a3b17b660840e6464b42b33a63ed7aacf2ec71b6b2dfacb
37a1ecd9-91d2-4fd0-978f-e6830573b83e	201	\\x19cfe8af33b4b8c95a3b17b660840e6464b42b33a63ed7aacf2ec71b6b2dfacb
37a1ecd9-91d2-4fd0-978f-e6830573b83e	202	\\x3cd1db977865ff15ed3805c4a729441d36b804221b2954064d72d3774e00c27c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	203	\\x3cd1db977865ff15ed3805c4a729441d36b804221b2954064d72d3774e00c27c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	204	\\x3e7c84418c057355766b9b33dc8fc847000eeccd4d116182183b436cd7625909
37a1ecd9-91d2-4fd0-978f-e6830573b83e	205	\\x3e7c84418c057355766b9b33dc8fc847000eeccd4d116182183b436cd7625909
37a1ecd9-91d2-4fd0-978f-e6830573b83e	206	\\x24f87a8f8f5cc0f26af656de175cecd858f4e4dd83252823a03c960ae401b505
37a1ecd9-91d2-4fd0-978f-e6830573b83e	207	\\x24f87a8f8f5cc0f26af656de175cecd858f4e4dd83252823a03c960ae401b505
37a1ecd9-91d2-4fd0-978f-e6830573b83e	208	\\x93eb1e34a70e31e2d53d123b0466aa12262af985cdf52efe0dfc7e7d2156b6a2
37a1ecd9-91d2-4fd0-978f-e6830573b83e	209	\\x93eb1e34a70e31e2d53d123b0466aa12262af985cdf52efe0dfc7e7d2156b6a2
37a1ecd9-91d2-4fd0-978f-e6830573b83e	210	\\x4735ed3d40b422b51054ce8e35cde934e5b21c4acef9875807de8289532daf60
37a1ecd9-91d2-4fd0-978f-e6830573b83e	211	\\x4735ed3d40b422b51054ce8e35cde934e5b21c4acef9875807de8289532daf60
37a1ecd9-91d2-4fd0-978f-e6830573b83e	212	\\xe6f7d39cc6c6622f8544c7c3d8ffecc250a61e85934da4d457d953ed9ba84ac1
37a1ecd9-91d2-4fd0-978f-e6830573b83e	213	\\xe6f7d39cc6c6622f8544c7c3d8ffecc250a61e85934da4d457d953ed9ba84ac1
37a1ecd9-91d2-4fd0-978f-e6830573b83e	214	\\x6b9960aa9abf4c45a86b046002131ebf4407d702daeccda16cbf0b6c9d52ea83
37a1ecd9-91d2-4fd0-978f-e6830573b83e	215	\\x6b9960aa9abf4c45a86b046002131ebf4407d702daeccda16cbf0b6c9d52ea83
37a1ecd9-91d2-4fd0-978f-e6830573b83e	216	\\xff973e14c4d169c185da99a9f0b5a7a6a3653c3341c97bac2bdcfb30295d1eb3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	217	\\xff973e14c4d169c185da99a9f0b5a7a6a3653c3341c97bac2bdcfb30295d1eb3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	218	\\x27f68272903524f15dafc0b5711fa4da6e9bbf1df0451de735892d77cb320ae9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	219	\\x27f68272903524f15dafc0b5711fa4da6e9bbf1df0451de735892d77cb320ae9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	220	\\x63e285919848f0c17a44f953ac0fd9adb17031a6d3c12b1646480cb41d9c3535
37a1ecd9-91d2-4fd0-978f-e6830573b83e	221	\\x63e285919848f0c17a44f953ac0fd9adb17031a6d3c12b1646480cb41d9c3535
37a1ecd9-91d2-4fd0-978f-e6830573b83e	222	\\x8a06e408c23e57af727bdb80d2cb0812972179dcfd308647c7a743aae74c995d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	223	\\x8a06e408c23e57af727bdb80d2cb0812972179dcfd308647c7a743aae74c995d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	224	\\x2797130e32b993b400a779d5a02989b5f0820a8f2ace76469a8fd34072b0ba26
37a1ecd9-91d2-4fd0-978f-e6830573b83e	225	\\x2797130e32b993b400a779d5a02989b5f0820a8f2ace76469a8fd34072b0ba26
37a1ecd9-91d2-4fd0-978f-e6830573b83e	226	\\x349032e002c14cc14769577f371b36ba91fd690b7185c20a28cfbb0f7552850c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	227	\\x349032e002c14cc14769577f371b36ba91fd690b7185c20a28cfbb0f7552850c
37a1ecd9-91d2-4fd0-978f-e6830573b83e	228	\\x4ba5ce11f607509947ce18905c5ae8025f083ec58edd661793dfcd4ec944d0f3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	229	\\x4ba5ce11f607509947ce18905c5ae8025f083ec58edd661793dfcd4ec944d0f3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	230	\\x7a2df98aedb7a99caf4acac165f0cab8fa41d7c5f3dde49a068b624ee458d55a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	231	\\x7a2df98aedb7a99caf4acac165f0cab8fa41d7c5f3dde49a068b624ee458d55a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	232	\\xa7d7a35f8093c231443fbd541aaa9cf8426e13a8b5d59e1ba09e3b7dbcf45aa0
37a1ecd9-91d2-4fd0-978f-e6830573b83e	233	\\xa7d7a35f8093c231443fbd541aaa9cf8426e13a8b5d59e1ba09e3b7dbcf45aa0
37a1ecd9-91d2-4fd0-978f-e6830573b83e	234	\\x55b92a87cca4ac6b2619dcc679bab6bb13b80593850819e280df00bf956607c5
37a1ecd9-91d2-4fd0-978f-e6830573b83e	235	\\x55b92a87cca4ac6b2619dcc679bab6bb13b80593850819e280df00bf956607c5
37a1ecd9-91d2-4fd0-978f-e6830573b83e	236	\\xef0d4ab6781f92d557cd48832368d90620911cfeafe2f4079557bd962fba7e4d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	237	\\xef0d4ab6781f92d557cd48832368d90620911cfeafe2f4079557bd962fba7e4d
37a1ecd9-91d2-4fd0-978f-e6830573b83e	238	\\x863714955411438c34cd3cff17988fbbabd5347440290e651631240286f0a055
37a1ecd9-91d2-4fd0-978f-e6830573b83e	239	\\x863714955411438c34cd3cff17988fbbabd5347440290e651631240286f0a055
37a1ecd9-91d2-4fd0-978f-e6830573b83e	240	\\xd9067041aec3e0e00c624d65e677e40bb1d9fac46da614c9bbef542dcb0763a6
37a1ecd9-91d2-4fd0-978f-e6830573b83e	241	\\xd9067041aec3e0e00c624d65e677e40bb1d9fac46da614c9bbef542dcb0763a6
37a1ecd9-91d2-4fd0-978f-e6830573b83e	242	\\x9b651889984237edbfb557560c1ebc8ef01498fa25d9fc0272b3bd1bc6f33885
37a1ecd9-91d2-4fd0-978f-e6830573b83e	243	\\x9b651889984237edbfb557560c1ebc8ef01498fa25d9fc0272b3bd1bc6f33885
37a1ecd9-91d2-4fd0-978f-e6830573b83e	244	\\x7b80d717f1d80ddd094cafa5391eafa40648cfa80e07cb760e8378b7b1947219
37a1ecd9-91d2-4fd0-978f-e6830573b83e	245	\\x7b80d717f1d80ddd094cafa5391eafa40648cfa80e07cb760e8378b7b1947219
37a1ecd9-91d2-4fd0-978f-e6830573b83e	246	\\x6adbf6627bd4b0b204cb1b78da287a422a8d35ddc79a4673250a1d18b55ca0ee
37a1ecd9-91d2-4fd0-978f-e6830573b83e	247	\\x6adbf6627bd4b0b204cb1b78da287a422a8d35ddc79a4673250a1d18b55ca0ee
37a1ecd9-91d2-4fd0-978f-e6830573b83e	248	\\x2277d5aa482d10c99cc0ee94e595d8e1952df082a7af26b2af89687b2e6c435a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	249	\\x2277d5aa482d10c99cc0ee94e595d8e1952df082a7af26b2af89687b2e6c435a
37a1ecd9-91d2-4fd0-978f-e6830573b83e	250	\\x0cb2ec0b83105b139988cfabe719f78eaa48f9ed92ea19601021761f9bf0dd57
37a1ecd9-91d2-4fd0-978f-e6830573b83e	251	\\x0cb2ec0b83105b139988cfabe719f78eaa48f9ed92ea19601021761f9bf0dd57
37a1ecd9-91d2-4fd0-978f-e6830573b83e	252	\\x452bae7a2cadc5fdab2c1ed3d51bfb8c96af588dd0d8de282c2e30e58de652df
37a1ecd9-91d2-4fd0-978f-e6830573b83e	253	\\x452bae7a2cadc5fdab2c1ed3d51bfb8c96af588dd0d8de282c2e30e58de652df
37a1ecd9-91d2-4fd0-978f-e6830573b83e	254	\\x5eedc41e2d71bf827c3c3cab4bf9954854325a55618895327f861938262ec2bb
37a1ecd9-91d2-4fd0-978f-e6830573b83e	255	\\x5eedc41e2d71bf827c3c3cab4bf9954854325a55618895327f861938262ec2bb
37a1ecd9-91d2-4fd0-978f-e6830573b83e	256	\\xa98a0f7e15eefd9d2553649e1adb32925cad307bffff77fadb0003b642c95dc0
37a1ecd9-91d2-4fd0-978f-e6830573b83e	257	\\xa98a0f7e15eefd9d2553649e1adb32925cad307bffff77fadb0003b642c95dc0
37a1ecd9-91d2-4fd0-978f-e6830573b83e	258	\\xb1a40871aa1b07c5405573059227d4d0086f8510939c563b00162389851642a9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	259	\\xb1a40871aa1b07c5405573059227d4d0086f8510939c563b00162389851642a9
37a1ecd9-91d2-4fd0-978f-e6830573b83e	260	\\x22da8aa82f1e082f74bc7b24dbf72aa2561e0aa225951c8cdd5b501017cacd5b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	261	\\x22da8aa82f1e082f74bc7b24dbf72aa2561e0aa225951c8cdd5b501017cacd5b
37a1ecd9-91d2-4fd0-978f-e6830573b83e	262	\\x668398a795acca3c5fa052e9f7042b81b652a22c5e0f3159655b8370803ab427
37a1ecd9-91d2-4fd0-978f-e6830573b83e	263	\\x668398a795acca3c5fa052e9f7042b81b652a22c5e0f3159655b8370803ab427
37a1ecd9-91d2-4fd0-978f-e6830573b83e	264	\\x7a460948521e90969069e709077c89e13f1428e0473be6041c86914f4ebc7ee7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	265	\\x7a460948521e90969069e709077c89e13f1428e0473be6041c86914f4ebc7ee7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	266	\\x658355fb5461ea32b7814420db8c8b25507900b6752901283ac67c5e3f589819
37a1ecd9-91d2-4fd0-978f-e6830573b83e	267	\\x658355fb5461ea32b7814420db8c8b25507900b6752901283ac67c5e3f589819
37a1ecd9-91d2-4fd0-978f-e6830573b83e	268	\\xb496e8e927894e1e6af7278f5138ee538af87b7387ea463ee190c87c44ec65a7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	269	\\xb496e8e927894e1e6af7278f5138ee538af87b7387ea463ee190c87c44ec65a7
37a1ecd9-91d2-4fd0-978f-e6830573b83e	270	\\xce8ca12de2617168936c9ea383f1923dfbfbd4c824041c033a95d1df1bac4426
37a1ecd9-91d2-4fd0-978f-e6830573b83e	271	\\xce8ca12de2617168936c9ea383f1923dfbfbd4c824041c033a95d1df1bac4426
37a1ecd9-91d2-4fd0-978f-e6830573b83e	272	\\xc45e523a6966476954ec05e3f7886c952344760069424a338dbdb8e086535e60
37a1ecd9-91d2-4fd0-978f-e6830573b83e	273	\\xc45e523a6966476954ec05e3f7886c952344760069424a338dbdb8e086535e60
37a1ecd9-91d2-4fd0-978f-e6830573b83e	274	\\x13d69f8cef9378f948dfcfed3d6b6c7414492951509cca302e58e88af3cee814
37a1ecd9-91d2-4fd0-978f-e6830573b83e	275	\\x13d69f8cef9378f948dfcfed3d6b6c7414492951509cca302e58e88af3cee814
37a1ecd9-91d2-4fd0-978f-e6830573b83e	276	\\x6e25350d31e4f9a9a5e77066aad3488706f4b850de0969e8050fc0f85cd6d812
37a1ecd9-91d2-4fd0-978f-e6830573b83e	277	\\x6e25350d31e4f9a9a5e77066aad3488706f4b850de0969e8050fc0f85cd6d812
37a1ecd9-91d2-4fd0-978f-e6830573b83e	278	\\xcfc4e05050a97a740823ddbefa4ef82c87d59da5bf81a4266536260c6c3ced71
37a1ecd9-91d2-4fd0-978f-e6830573b83e	279	\\xcfc4e05050a97a740823ddbefa4ef82c87d59da5bf81a4266536260c6c3ced71
37a1ecd9-91d2-4fd0-978f-e6830573b83e	280	\\xfd7151b4d38402ff3c0e94f02364623f2b36545b26e529cb57654132b3cf921e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	281	\\xfd7151b4d38402ff3c0e94f02364623f2b36545b26e529cb57654132b3cf921e
37a1ecd9-91d2-4fd0-978f-e6830573b83e	282	\\xfcb545ea00dc70fff7618637cf9c8c46a879e2151d8a32165212da49d4092a96
37a1ecd9-91d2-4fd0-978f-e6830573b83e	283	\\xfcb545ea00dc70fff7618637cf9c8c46a879e2151d8a32165212da49d4092a96
37a1ecd9-91d2-4fd0-978f-e6830573b83e	284	\\x4c20d41c6eefef86a8babca415fa226c4769cd57d43eaf443169609b46f708ca
37a1ecd9-91d2-4fd0-978f-e6830573b83e	285	\\x4c20d41c6eefef86a8babca415fa226c4769cd57d43eaf443169609b46f708ca
37a1ecd9-91d2-4fd0-978f-e6830573b83e	286	\\xd0895c11cf78eef1e46694e6e4947cb6775a64aa326af6cf4c4faf95d4e39389
37a1ecd9-91d2-4fd0-978f-e6830573b83e	287	\\xd0895c11cf78eef1e46694e6e4947cb6775a64aa326af6cf4c4faf95d4e39389
37a1ecd9-91d2-4fd0-978f-e6830573b83e	288	\\x79856a6ce056c27a11e36ce81ccb2cb8d5f81a8b812b3b18e211de27ab2f8072
37a1ecd9-91d2-4fd0-978f-e6830573b83e	289	\\x79856a6ce056c27a11e36ce81ccb2cb8d5f81a8b812b3b18e211de27ab2f8072
37a1ecd9-91d2-4fd0-978f-e6830573b83e	290	\\x15169ca52d4832e8443c09a5b7a79c28c7e6bd6ca63c48fae6c77dab476f9369
37a1ecd9-91d2-4fd0-978f-e6830573b83e	291	\\x15169ca52d4832e8443c09a5b7a79c28c7e6bd6ca63c48fae6c77dab476f9369
37a1ecd9-91d2-4fd0-978f-e6830573b83e	292	\\x6c7da24c74e0e05b4c39bd1ae6dd8647c844ef83a48d7ed9f2e02713da4c8a05
37a1ecd9-91d2-4fd0-978f-e6830573b83e	293	\\x6c7da24c74e0e05b4c39bd1ae6dd8647c844ef83a48d7ed9f2e02713da4c8a05
37a1ecd9-91d2-4fd0-978f-e6830573b83e	294	\\x08b7a013522bbfb0c62c78755ef646b3c9583af4f5a3234a1b17b6d3132effe3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	295	\\x08b7a013522bbfb0c62c78755ef646b3c9583af4f5a3234a1b17b6d3132effe3
37a1ecd9-91d2-4fd0-978f-e6830573b83e	296	\\x3ffed5ace8f5ca8f65465a49aed7eb676ee3cfd6a1860945a45ad810b1d0dc63
37a1ecd9-91d2-4fd0-978f-e6830573b83e	297	\\x3ffed5ace8f5ca8f65465a49aed7eb676ee3cfd6a1860945a45ad810b1d0dc63
37a1ecd9-91d2-4fd0-978f-e6830573b83e	298	\\xb62a37f1f0b2b2180fffa457791b8016afe02cc41c397a0e542cc25817e91339
37a1ecd9-91d2-4fd0-978f-e6830573b83e	299	\\xb62a37f1f0b2b2180fffa457791b8016afe02cc41c397a0e542cc25817e91339
\.


--
-- Data for Name: releases; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.releases (model_id, version, steps, unlearn_steps, request_count, row_count, noise, certificate_id, accuracy, root_mean_squared_error, released_at, evaluation) FROM stdin;
6be94458-1794-461f-9362-1837bfe5d1a5	1	1102	0	0	0	0	\N	\N	\N	2026-11-29 21:48:10.471+00	\N
6be94458-1794-461f-9362-1837bfe5d1a5	2	1467	365	1	1	0.02966107508011879	3688705b-d84b-44e7-af26-0dbc4eea2f35	\N	\N	2026-11-29 21:48:12.934+00	\N
\.


--
-- Data for Name: requests; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.requests (id, tenant_id, dataset_id, state, idempotency_key, fingerprint, row_count, failure, received_at, due_at, completed_at, envelope) FROM stdin;
d10cc296-a48a-4811-b739-7cb6c131cf0a	4a3c46e1-d8d8-47da-909a-d971bad706e3	37a1ecd9-91d2-4fd0-978f-e6830573b83e	completed	1d7dca886e8855f2dbf6c2aecaa1671f0195c143db25311990689a5441e3b750	\\xa150d757ceb73b0c33c5c0d10e5cab4972e0cf58d12a20571bbc0b922c6a1a5c	1	\N	2026-11-29 21:48:11.336+00	2026-12-29 21:48:11.336+00	2026-11-29 21:48:13.289+00	\N
282c3150-b3c0-47fc-9423-2f54a741e919	4a3c46e1-d8d8-47da-909a-d971bad706e3	37a1ecd9-91d2-4fd0-978f-e6830573b83e	accepted	3261b89f767d555e4b2b72768c13c204bd03c0f42d8df8b028f119d96f0f543c	\\x11256891c0a87f57dd532ab7400110a6acc59c51e512cf813f03f12c0f10698d	2	\N	2026-11-29 21:48:33.008+00	2026-12-29 21:48:33.008+00	\N	\N
\.


--
-- Data for Name: restores; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.restores (id, backup_created_at, restored_at, finished_at) FROM stdin;
\.


--
-- Data for Name: signing_keys; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.signing_keys (id, secret, public_key, created_at, retired_at) FROM stdin;
c9baa7c6173e4cf765a77dbb521f7d1c11116a76a225e5df7edc20247b69de34	\\x01c0ab25787fe9cc17b329c7748f9602035313267ee9efcb45159d1ec27ca7af4f46ad5dc31e060314e078dc0c08752244fdc20ba90158d0d66c058df3	\\xac4ccaa9b60fd44dce12e337828abc249788926e712547a567221fa45649f5bd	2026-11-29 21:48:01.604+00	\N
log:upgrade.example/log+0cdc26dd	\\x015b2fb610a349fbc259912d393fde43c733692ceda3f46b38758a71e3c5933d2fec893b27af7c58dfc58c0e2d25ec34e86e85a7a942987913f74b0496	\\x5dac8ffe1a0226bc4280da400cbbfce41dc60c46fcef20fece4326cd89fa3633	2026-11-29 21:48:04.235+00	\N
\.


--
-- Data for Name: tasks; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.tasks (request_id, model_id, state, certificate_id, failure, received_at) FROM stdin;
d10cc296-a48a-4811-b739-7cb6c131cf0a	6be94458-1794-461f-9362-1837bfe5d1a5	done	3688705b-d84b-44e7-af26-0dbc4eea2f35	\N	2026-11-29 21:48:11.336+00
282c3150-b3c0-47fc-9423-2f54a741e919	6be94458-1794-461f-9362-1837bfe5d1a5	waiting	\N	\N	2026-11-29 21:48:33.008+00
\.


--
-- Data for Name: tenants; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.tenants (id, name, secret, created_at) FROM stdin;
4a3c46e1-d8d8-47da-909a-d971bad706e3	default	\\x3727b478c95499d097ed582e32e340c5d3bdaf725150222a53127c2f19212f42	2026-11-29 21:48:04.103+00
\.


--
-- Name: ledger_staged_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.ledger_staged_id_seq', 3, true);


--
-- Name: restores_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.restores_id_seq', 1, false);


--
-- Name: archive archive_pkey; Type: CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.archive
    ADD CONSTRAINT archive_pkey PRIMARY KEY (name, id);


--
-- Name: job job_pkey; Type: CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (name, id);


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_pkey; Type: CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff
    ADD CONSTRAINT j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_pkey PRIMARY KEY (name, id);


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_pkey; Type: CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb
    ADD CONSTRAINT j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_pkey PRIMARY KEY (name, id);


--
-- Name: queue queue_pkey; Type: CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.queue
    ADD CONSTRAINT queue_pkey PRIMARY KEY (name);


--
-- Name: schedule schedule_pkey; Type: CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.schedule
    ADD CONSTRAINT schedule_pkey PRIMARY KEY (name);


--
-- Name: subscription subscription_pkey; Type: CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (event, name);


--
-- Name: version version_pkey; Type: CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.version
    ADD CONSTRAINT version_pkey PRIMARY KEY (version);


--
-- Name: api_keys api_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);


--
-- Name: certificates certificates_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certificates
    ADD CONSTRAINT certificates_pkey PRIMARY KEY (id);


--
-- Name: certified_subjects certified_subjects_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certified_subjects
    ADD CONSTRAINT certified_subjects_pkey PRIMARY KEY (certificate_id, place);


--
-- Name: claimed_rows claimed_rows_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.claimed_rows
    ADD CONSTRAINT claimed_rows_pkey PRIMARY KEY (dataset_id, "row", request_id);


--
-- Name: dataset_pages dataset_pages_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.dataset_pages
    ADD CONSTRAINT dataset_pages_pkey PRIMARY KEY (dataset_id, page);


--
-- Name: datasets datasets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.datasets
    ADD CONSTRAINT datasets_pkey PRIMARY KEY (id);


--
-- Name: expunge_migrations expunge_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.expunge_migrations
    ADD CONSTRAINT expunge_migrations_pkey PRIMARY KEY (name);


--
-- Name: ledger_checkpoints ledger_checkpoints_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_checkpoints
    ADD CONSTRAINT ledger_checkpoints_pkey PRIMARY KEY (size);


--
-- Name: ledger_entries ledger_entries_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT ledger_entries_pkey PRIMARY KEY (index);


--
-- Name: ledger_nodes ledger_nodes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_nodes
    ADD CONSTRAINT ledger_nodes_pkey PRIMARY KEY (level, index);


--
-- Name: ledger_staged ledger_staged_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_staged
    ADD CONSTRAINT ledger_staged_pkey PRIMARY KEY (id);


--
-- Name: model_order model_order_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.model_order
    ADD CONSTRAINT model_order_pkey PRIMARY KEY (model_id, page);


--
-- Name: model_pages model_pages_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.model_pages
    ADD CONSTRAINT model_pages_pkey PRIMARY KEY (model_id, page);


--
-- Name: models models_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_pkey PRIMARY KEY (id);


--
-- Name: named_subjects named_subjects_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.named_subjects
    ADD CONSTRAINT named_subjects_pkey PRIMARY KEY (request_id, place);


--
-- Name: owners owners_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.owners
    ADD CONSTRAINT owners_pkey PRIMARY KEY (dataset_id, "row");


--
-- Name: releases releases_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_pkey PRIMARY KEY (model_id, version);


--
-- Name: requests requests_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.requests
    ADD CONSTRAINT requests_pkey PRIMARY KEY (id);


--
-- Name: restores restores_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.restores
    ADD CONSTRAINT restores_pkey PRIMARY KEY (id);


--
-- Name: signing_keys signing_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (id);


--
-- Name: tasks tasks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (request_id, model_id);


--
-- Name: tenants tenants_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_name_key UNIQUE (name);


--
-- Name: tenants tenants_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);


--
-- Name: archive_i1; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE INDEX archive_i1 ON pgboss.archive USING btree (archived_on);


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i1; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE UNIQUE INDEX j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i1 ON pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state = 'created'::pgboss.job_state) AND (policy = 'short'::text));


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i2; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE UNIQUE INDEX j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i2 ON pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state = 'active'::pgboss.job_state) AND (policy = 'singleton'::text));


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i3; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE UNIQUE INDEX j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i3 ON pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff USING btree (name, state, COALESCE(singleton_key, ''::text)) WHERE ((state <= 'active'::pgboss.job_state) AND (policy = 'stately'::text));


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i4; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE UNIQUE INDEX j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i4 ON pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff USING btree (name, singleton_on, COALESCE(singleton_key, ''::text)) WHERE ((state <> 'cancelled'::pgboss.job_state) AND (singleton_on IS NOT NULL));


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i5; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE INDEX j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_i5 ON pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff USING btree (name, start_after) INCLUDE (priority, created_on, id) WHERE (state < 'active'::pgboss.job_state);


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i1; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE UNIQUE INDEX j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i1 ON pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state = 'created'::pgboss.job_state) AND (policy = 'short'::text));


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i2; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE UNIQUE INDEX j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i2 ON pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state = 'active'::pgboss.job_state) AND (policy = 'singleton'::text));


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i3; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE UNIQUE INDEX j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i3 ON pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb USING btree (name, state, COALESCE(singleton_key, ''::text)) WHERE ((state <= 'active'::pgboss.job_state) AND (policy = 'stately'::text));


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i4; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE UNIQUE INDEX j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i4 ON pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb USING btree (name, singleton_on, COALESCE(singleton_key, ''::text)) WHERE ((state <> 'cancelled'::pgboss.job_state) AND (singleton_on IS NOT NULL));


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i5; Type: INDEX; Schema: pgboss; Owner: -
--

CREATE INDEX j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_i5 ON pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb USING btree (name, start_after) INCLUDE (priority, created_on, id) WHERE (state < 'active'::pgboss.job_state);


--
-- Name: api_keys_by_hash; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX api_keys_by_hash ON public.api_keys USING btree (hash);


--
-- Name: certificates_by_model; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX certificates_by_model ON public.certificates USING btree (model_id, created_at, id);


--
-- Name: certificates_by_tenant; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX certificates_by_tenant ON public.certificates USING btree (tenant_id, created_at, id);


--
-- Name: certified_subjects_by_owner; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX certified_subjects_by_owner ON public.certified_subjects USING btree (model_id, owner);


--
-- Name: claimed_rows_by_request; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX claimed_rows_by_request ON public.claimed_rows USING btree (request_id);


--
-- Name: datasets_by_tenant; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX datasets_by_tenant ON public.datasets USING btree (tenant_id, created_at, id);


--
-- Name: models_by_dataset; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX models_by_dataset ON public.models USING btree (dataset_id);


--
-- Name: models_by_tenant; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX models_by_tenant ON public.models USING btree (tenant_id, created_at, id);


--
-- Name: named_subjects_by_owner; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX named_subjects_by_owner ON public.named_subjects USING btree (dataset_id, owner);


--
-- Name: owners_by_owner; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX owners_by_owner ON public.owners USING btree (dataset_id, owner);


--
-- Name: requests_by_dataset; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX requests_by_dataset ON public.requests USING btree (dataset_id, state);


--
-- Name: requests_by_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX requests_by_key ON public.requests USING btree (tenant_id, idempotency_key);


--
-- Name: requests_by_state; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX requests_by_state ON public.requests USING btree (tenant_id, state, received_at, id);


--
-- Name: requests_by_tenant; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX requests_by_tenant ON public.requests USING btree (tenant_id, received_at, id);


--
-- Name: requests_over; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX requests_over ON public.requests USING btree (tenant_id, COALESCE(completed_at, received_at), id) WHERE (state = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text]));


--
-- Name: requests_to_tell; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX requests_to_tell ON public.requests USING btree (tenant_id, received_at) WHERE (((envelope ->> 'protocol'::text) = ANY (ARRAY['opendsr'::text, 'fides'::text])) AND (COALESCE(((envelope -> 'delivery'::text) ->> 'notified'::text), 'accepted'::text) <> state));


--
-- Name: tasks_by_model; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX tasks_by_model ON public.tasks USING btree (model_id, state);


--
-- Name: tasks_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX tasks_waiting ON public.tasks USING btree (model_id, received_at, request_id) WHERE (state = 'waiting'::text);


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_pkey; Type: INDEX ATTACH; Schema: pgboss; Owner: -
--

ALTER INDEX pgboss.job_pkey ATTACH PARTITION pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff_pkey;


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_pkey; Type: INDEX ATTACH; Schema: pgboss; Owner: -
--

ALTER INDEX pgboss.job_pkey ATTACH PARTITION pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb_pkey;


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff dlq_fkey; Type: FK CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff
    ADD CONSTRAINT dlq_fkey FOREIGN KEY (dead_letter) REFERENCES pgboss.queue(name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb dlq_fkey; Type: FK CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb
    ADD CONSTRAINT dlq_fkey FOREIGN KEY (dead_letter) REFERENCES pgboss.queue(name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;


--
-- Name: j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff q_fkey; Type: FK CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.j3f6dd5f7069020299fb17d76bcfdd923e58abb467adcabda7a4971ff
    ADD CONSTRAINT q_fkey FOREIGN KEY (name) REFERENCES pgboss.queue(name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;


--
-- Name: j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb q_fkey; Type: FK CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.j8a7b70c9d9f766b184422649ba008a7fe1f4b18b6daf22c50a8e96eb
    ADD CONSTRAINT q_fkey FOREIGN KEY (name) REFERENCES pgboss.queue(name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;


--
-- Name: queue queue_dead_letter_fkey; Type: FK CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.queue
    ADD CONSTRAINT queue_dead_letter_fkey FOREIGN KEY (dead_letter) REFERENCES pgboss.queue(name);


--
-- Name: schedule schedule_name_fkey; Type: FK CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.schedule
    ADD CONSTRAINT schedule_name_fkey FOREIGN KEY (name) REFERENCES pgboss.queue(name) ON DELETE CASCADE;


--
-- Name: subscription subscription_name_fkey; Type: FK CONSTRAINT; Schema: pgboss; Owner: -
--

ALTER TABLE ONLY pgboss.subscription
    ADD CONSTRAINT subscription_name_fkey FOREIGN KEY (name) REFERENCES pgboss.queue(name) ON DELETE CASCADE;


--
-- Name: api_keys api_keys_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);


--
-- Name: certificates certificates_model_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certificates
    ADD CONSTRAINT certificates_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.models(id);


--
-- Name: certificates certificates_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certificates
    ADD CONSTRAINT certificates_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);


--
-- Name: certified_subjects certified_subjects_certificate_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certified_subjects
    ADD CONSTRAINT certified_subjects_certificate_id_fkey FOREIGN KEY (certificate_id) REFERENCES public.certificates(id);


--
-- Name: certified_subjects certified_subjects_model_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certified_subjects
    ADD CONSTRAINT certified_subjects_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.models(id) ON DELETE CASCADE;


--
-- Name: certified_subjects certified_subjects_request_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certified_subjects
    ADD CONSTRAINT certified_subjects_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.requests(id);


--
-- Name: claimed_rows claimed_rows_dataset_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.claimed_rows
    ADD CONSTRAINT claimed_rows_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES public.datasets(id) ON DELETE CASCADE;


--
-- Name: claimed_rows claimed_rows_request_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.claimed_rows
    ADD CONSTRAINT claimed_rows_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.requests(id);


--
-- Name: dataset_pages dataset_pages_dataset_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.dataset_pages
    ADD CONSTRAINT dataset_pages_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES public.datasets(id) ON DELETE CASCADE;


--
-- Name: datasets datasets_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.datasets
    ADD CONSTRAINT datasets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);


--
-- Name: ledger_staged ledger_staged_certificate_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_staged
    ADD CONSTRAINT ledger_staged_certificate_id_fkey FOREIGN KEY (certificate_id) REFERENCES public.certificates(id);


--
-- Name: model_order model_order_model_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.model_order
    ADD CONSTRAINT model_order_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.models(id) ON DELETE CASCADE;


--
-- Name: model_pages model_pages_model_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.model_pages
    ADD CONSTRAINT model_pages_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.models(id) ON DELETE CASCADE;


--
-- Name: models models_dataset_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);


--
-- Name: models models_evaluation_dataset_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_evaluation_dataset_id_fkey FOREIGN KEY (evaluation_dataset_id) REFERENCES public.datasets(id);


--
-- Name: models models_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);


--
-- Name: named_subjects named_subjects_dataset_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.named_subjects
    ADD CONSTRAINT named_subjects_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES public.datasets(id) ON DELETE CASCADE;


--
-- Name: named_subjects named_subjects_request_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.named_subjects
    ADD CONSTRAINT named_subjects_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.requests(id);


--
-- Name: owners owners_dataset_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.owners
    ADD CONSTRAINT owners_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES public.datasets(id) ON DELETE CASCADE;


--
-- Name: releases releases_certificate_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_certificate_id_fkey FOREIGN KEY (certificate_id) REFERENCES public.certificates(id);


--
-- Name: releases releases_model_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.models(id) ON DELETE CASCADE;


--
-- Name: requests requests_dataset_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.requests
    ADD CONSTRAINT requests_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);


--
-- Name: requests requests_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.requests
    ADD CONSTRAINT requests_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);


--
-- Name: tasks tasks_certificate_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_certificate_id_fkey FOREIGN KEY (certificate_id) REFERENCES public.certificates(id);


--
-- Name: tasks tasks_model_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.models(id) ON DELETE CASCADE;


--
-- Name: tasks tasks_request_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.requests(id);


--
-- PostgreSQL database dump complete
--


