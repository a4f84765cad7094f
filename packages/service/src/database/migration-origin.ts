/** A ledger that has checkpoints goes on under their name; one that has only a key, under the key's. */
export const ORIGIN_OF_LEDGER = {
  name: "0004 origin of the ledger",
  sql: `
create table ledger_origin (
  id integer primary key check (id = 1),
  origin text not null,
  chosen_at timestamptz(3) not null default now()
);
insert into ledger_origin (id, origin)
  select 1, origin from (
    (select 1 as rank, split_part(note, E'\\n', 1) as origin from ledger_checkpoints order by size desc limit 1)
    union all
    (select 2, split_part(substr(id, 5), '+', 1) from signing_keys where starts_with(id, 'log:') order by created_at desc limit 1)
  ) known order by rank limit 1;
`,
} as const;
