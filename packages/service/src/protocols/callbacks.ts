import { and, eq, getTableColumns, inArray, sql } from "drizzle-orm";
import { databaseTime } from "../database/clock.js";
import type { Database } from "../database/open-database.js";
import { type RequestState, requests } from "../database/tables.js";
import { describeErasure, type Erasure, findErasure, type OpendsrEnvelope, statusOf } from "./erasures.js";
import { type FidesEnvelope, type FidesOptions, replyAddress } from "./fides.js";
import type { CallbackGuard, Processor } from "./opendsr.js";
import { checkCallbackUrl, type Message, post } from "./post.js";

/** What callbacks are made with. */
export interface CallbackContext {
  /** null where OpenDSR is not set up. */
  readonly processor: Processor | null;
  readonly fides: FidesOptions | null;
  /** Tries of one message before it is put off; default 3. */
  readonly tries?: number;
  /** Rest before the second try, doubled each time; default 250 ms. */
  readonly restMs?: number;
}

/** Where a request's callbacks stand; kept beside what came with it. */
interface Delivery {
  /** State that everybody has been told of. */
  readonly notified: RequestState;
  readonly attempts: number;
  readonly retryAt: string | null;
}

type Envelope = (OpendsrEnvelope | FidesEnvelope) & { readonly delivery?: Delivery };

interface Waiting {
  readonly id: string;
  readonly tenantId: string;
  readonly state: RequestState;
  readonly rowCount: number;
  readonly envelope: Envelope;
}

const AT_ONCE = 100;
const MAX_REST_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** With rests of up to an hour: about a week. */
const MAX_ATTEMPTS = 180;

/**
 * Tells whoever asked to be told of every request whose state has changed since, and remembers whom; what does not arrive is tried again,
 * later each time, for about a week. To be called every so often by a worker's loop; of several at once one does it.
 *
 * @returns messages that arrived
 */
export async function deliverCallbacks(database: Database, context: CallbackContext): Promise<number> {
  const sent = await database.exclusively("callbacks", async () => {
    const told = new Set<string>();
    // All at once: whoever answers slowly keeps nobody else waiting.
    const counts = await Promise.all(
      (await findWaiting(database)).map((waiting) => {
        const { envelope, tenantId } = waiting;
        if (envelope.protocol === "fides") return tellFides(database, waiting, envelope, context);
        // Its parts in all data sets are told of together.
        const name = `${tenantId} ${envelope.subjectRequestId}`;
        if (told.has(name)) return 0;
        told.add(name);
        return tellController(database, waiting, envelope, context);
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  });
  return sent ?? 0;
}

async function findWaiting({ queries }: Database): Promise<Waiting[]> {
  const { envelope, state } = requests;
  const notified = sql`coalesce(${envelope} -> 'delivery' ->> 'notified', 'accepted')`;
  const retryAt = sql`(${envelope} -> 'delivery' ->> 'retryAt')::timestamptz`;
  const isWaiting = sql`${envelope} ->> 'protocol' in ('opendsr', 'fides') and ${notified} <> ${state}
    and (${retryAt} is null or ${retryAt} <= now())`;
  // Some of each tenant: none waits behind another's.
  const placed = queries
    .select({
      id: requests.id,
      place:
        sql<number>`row_number() over (partition by ${requests.tenantId} order by ${requests.receivedAt})`.as(
          "place",
        ),
    })
    .from(requests)
    .where(isWaiting)
    .as("placed");
  const rows = await queries
    .select(getTableColumns(requests))
    .from(requests)
    .innerJoin(placed, eq(placed.id, requests.id))
    .orderBy(placed.place, requests.receivedAt)
    .limit(AT_ONCE);
  return rows.map(({ id, tenantId, state, rowCount, envelope }) => ({
    id,
    tenantId,
    state,
    rowCount,
    envelope: envelope as Envelope,
  }));
}

/** Fides waits for the end of a request only. One that failed is never reported as done: it stays open there too. */
async function tellFides(
  database: Database,
  { id, state, rowCount, envelope: { delivery } }: Waiting,
  { replyTo, token }: FidesEnvelope,
  context: CallbackContext,
): Promise<number> {
  const { fides } = context;
  const isToTell = state === "completed" && token !== null && fides !== null;
  if (!isToTell) {
    // Where nothing is set up for it, the message waits until it is.
    if (state === "completed" && token !== null) await putOff(database, [id], delivery);
    else await settle(database, [id], state, isOver(state) ? { token: null } : {});
    return 0;
  }
  const message: Message = {
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ rows_masked: rowCount }),
  };
  // The address is the operator's own, wherever it is.
  const guard = { allowHttp: true, allowPrivate: true };
  if (await postAgain(replyAddress(fides.url, replyTo), message, guard, context)) {
    await settle(database, [id], state, { token: null });
    return 1;
  }
  await putOff(database, [id], delivery);
  return 0;
}

async function tellController(
  database: Database,
  { tenantId, envelope: { delivery } }: Waiting,
  { subjectRequestId, callbackUrls }: OpendsrEnvelope,
  context: CallbackContext,
): Promise<number> {
  const erasure = await findErasure(database, tenantId, subjectRequestId);
  const ids = erasure.parts.map(({ id }) => id);
  const isNews = statusOf(erasure) !== statusTold(erasure);
  if (callbackUrls.length > 0 && isNews) {
    if (!(await sendCallbacks(erasure, context))) {
      await putOff(database, ids, delivery);
      return 0;
    }
  }
  for (const { id, state } of erasure.parts) await settle(database, [id], state);
  return isNews ? callbackUrls.length : 0;
}

/** The status that follows from what was told of each part. */
function statusTold({ parts }: Erasure): string {
  const told = parts.map((part) => ({
    ...part,
    state: (part.envelope as Envelope).delivery?.notified ?? ("accepted" as const),
  }));
  return statusOf({ parts: told as unknown as Erasure["parts"] });
}

/**
 * Posts an erasure's status, signed, to every address that its controller gave.
 *
 * @returns whether it arrived everywhere; where not it is to be sent again, everywhere
 */
export async function sendCallbacks(erasure: Erasure, context: CallbackContext): Promise<boolean> {
  const { processor } = context;
  if (processor === null) return false;
  const { callbackUrls, version } = erasure.parts[0].envelope;
  const prefix = version === "2.0" ? "X-OpenDSR" : "X-OpenGDPR";
  const status = describeErasure(erasure, `${processor.publicUrl}/opendsr/v2`);
  const arrived = await Promise.all(
    callbackUrls.map((url) => {
      const body = JSON.stringify({ ...status, status_callback_url: url });
      const headers = {
        "content-type": "application/json",
        [`${prefix}-Processor-Domain`]: processor.domain,
        [`${prefix}-Signature`]: processor.sign(body),
      };
      // Options may have become stricter since it was given.
      const address = allowed(url, processor.callbacks);
      return address === null ? true : postAgain(address, { headers, body }, processor.callbacks, context);
    }),
  );
  return arrived.every(Boolean);
}

function allowed(url: string, guard: CallbackGuard): URL | null {
  try {
    return checkCallbackUrl(url, guard);
  } catch {
    return null;
  }
}

async function postAgain(
  url: URL,
  message: Message,
  guard: CallbackGuard,
  { tries = 3, restMs = 250 }: CallbackContext,
): Promise<boolean> {
  for (let i = 0; i < tries; i++) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, restMs * 2 ** (i - 1)));
    const status = await post(url, message, guard).catch(() => 0);
    if (status >= 200 && status < 300) return true;
  }
  return false;
}

const isOver = (state: RequestState): boolean => state === "completed" || state === "cancelled";

async function settle(
  { queries }: Database,
  ids: readonly string[],
  notified: RequestState,
  changes: Partial<FidesEnvelope> = {},
): Promise<void> {
  const delivery: Delivery = { notified, attempts: 0, retryAt: null };
  await merge(queries, ids, { ...changes, delivery });
}

async function putOff(
  { queries }: Database,
  ids: readonly string[],
  { notified = "accepted", attempts = 0 }: Partial<Delivery> = {},
): Promise<void> {
  const rest = attempts + 1 >= MAX_ATTEMPTS ? 36_500 * DAY_MS : Math.min(MAX_REST_MS, 1000 * 2 ** attempts);
  const retryAt = new Date((await databaseTime(queries)).getTime() + rest).toISOString();
  await merge(queries, ids, { delivery: { notified, attempts: attempts + 1, retryAt } });
}

async function merge(queries: Database["queries"], ids: readonly string[], changes: object): Promise<void> {
  const envelope = sql`${requests.envelope} || ${JSON.stringify(changes)}::jsonb`;
  await queries
    .update(requests)
    .set({ envelope })
    .where(and(inArray(requests.id, [...ids]), eq(sql`jsonb_typeof(${requests.envelope})`, "object")));
}
