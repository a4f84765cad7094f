import pg from "pg";

/** A statement that was sent to PostgreSQL. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What a statement costs: pages of 8 KiB that it looks at, and tables that it reads from end to end. */
export interface Cost {
  readonly text: string;
  readonly buffers: number;
  readonly ms: number;
  /** Rows that were read to find those wanted, by table read from end to end. */
  readonly scanned: Readonly<Record<string, number>>;
  /** Rows that went through that of its steps which had the most of them. */
  readonly mostRows: number;
}

/** All statements that are sent by this process while a function runs. */
export async function recorded(use: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const { prototype } = pg.Client;
  const { query } = prototype;
  const record = function (this: pg.Client, ...given: unknown[]): unknown {
    const [first, second] = given as [string | { text: string; values?: unknown[] }, unknown[] | undefined];
    const text = typeof first === "string" ? first : first.text;
    const values = typeof first === "string" ? second : (first.values ?? second);
    statements.push({ text, values: Array.isArray(values) ? values : [] });
    return (query as (...given: unknown[]) => unknown).apply(this, given);
  };
  prototype.query = record as typeof query;
  try {
    await use();
  } finally {
    prototype.query = query;
  }
  return statements.filter(({ text }) => /^\s*(select|insert|update|delete|with)\b/i.test(text));
}

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly Plan[];
}

/** What a statement costs where it is run once more; what it changes is taken back. */
export async function costOf(client: pg.Client, { text, values }: Statement): Promise<Cost> {
  await client.query("begin");
  try {
    const explain = `explain (analyze, buffers, format json) ${text}`;
    const { rows } = await client.query({ text: explain, values: [...values] });
    const [{ Plan: plan, "Execution Time": ms }] = rows[0]["QUERY PLAN"] as [
      { Plan: Plan; "Execution Time": number },
    ];
    const scanned: Record<string, number> = {};
    noteScans(plan, scanned);
    const buffers = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
    return { text, ms, buffers, scanned, mostRows: mostRowsOf(plan) };
  } finally {
    await client.query("rollback");
  }
}

function noteScans(plan: Plan, scanned: Record<string, number>): void {
  const table = plan["Relation Name"];
  if (plan["Node Type"] === "Seq Scan" && table !== undefined) {
    const rows = plan["Actual Loops"] * (plan["Actual Rows"] + (plan["Rows Removed by Filter"] ?? 0));
    scanned[table] = (scanned[table] ?? 0) + rows;
  }
  for (const child of plan.Plans ?? []) noteScans(child, scanned);
}

function mostRowsOf(plan: Plan): number {
  const own = plan["Actual Loops"] * (plan["Actual Rows"] + (plan["Rows Removed by Filter"] ?? 0));
  return Math.max(own, ...(plan.Plans ?? []).map(mostRowsOf));
}
