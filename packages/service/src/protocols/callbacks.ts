import { eq } from "drizzle-orm";
import type { Database } from "../database/open-database.js";
import { requests } from "../database/tables.js";
import { type Claimed, claimCallbacks, putOff, settle } from "./callback-queue.js";
import { describeErasure, type Erasure, findErasure, statusOf } from "./erasures.js";
import { type FidesOptions, replyAddress } from "./fides.js";
import type { CallbackGuard, Processor } from "./opendsr.js";
import { checkCallbackUrl, type Message, post } from "./post.js";

/** What callbacks are made with. */
export interface CallbackContext {
  /** null where OpenDSR is not set up. */
  readonly processor: Processor | null;
  readonly fides: FidesOptions | null;
  /** Rest before a message that did not arrive is sent again, doubled each time up to an hour; default 1,000 ms. */
  readonly restMs?: number;
}

/**
 * Sends every message that is due to its own address, some to each receiver, and remembers what arrived; what does not is tried again, later each
 * time, for about a week. Of several processes each takes others.
 *
 * @returns messages that arrived
 */
export async function deliverCallbacks(database: Database, context: CallbackContext): Promise<number> {
  const counts = (await dueCallbacks(database, context, [])).map(({ send }) => send());
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Messages of one receiver, claimed for a while. */
export interface Lot {
  readonly receiver: string;
  /** Never rejects. @returns messages that arrived */
  send(): Promise<number>;
}

/** Claims what is due, but nothing of receivers that are busy already. */
export async function dueCallbacks(
  database: Database,
  context: CallbackContext,
  busy: readonly string[],
): Promise<readonly Lot[]> {
  const ofReceiver = new Map<string, Claimed[]>();
  for (const claimed of await claimCallbacks(database, busy)) {
    const own = ofReceiver.get(claimed.receiver);
    if (own) own.push(claimed);
    else ofReceiver.set(claimed.receiver, [claimed]);
  }
  return [...ofReceiver].map(([receiver, lot]) => ({
    receiver,
    async send() {
      // A claim that nobody settles runs out, and is tried again.
      const arrived = await Promise.all(lot.map((one) => tell(database, one, context).catch(() => false)));
      return arrived.filter(Boolean).length;
    },
  }));
}

/** @returns whether a message arrived: false too where there was nothing to tell */
async function tell(database: Database, claimed: Claimed, context: CallbackContext): Promise<boolean> {
  const news = claimed.subjectRequestId
    ? await newsOfErasure(database, claimed, context)
    : await newsOfFides(database, claimed, context);
  if (news === null) {
    await settle(database, claimed, claimed.told);
    return false;
  }
  const { status, url, message, guard } = news;
  const isThere = url !== null && message !== null && (await hasArrived(url, message, guard ?? OWN_ADDRESS));
  if (isThere) await settle(database, claimed, status);
  else await putOff(database, claimed, context.restMs);
  return isThere;
}

/** Something new, and how it is told; without an address or a message it waits until there is one. */
interface News {
  readonly status: string;
  readonly url: URL | null;
  readonly message: Message | null;
  /** Default: the operator's own address, wherever it is. */
  readonly guard?: CallbackGuard;
}

const OWN_ADDRESS: CallbackGuard = { allowHttp: true, allowPrivate: true };

async function hasArrived(url: URL, message: Message, guard: CallbackGuard): Promise<boolean> {
  const status = await post(url, message, guard).catch(() => 0);
  return status >= 200 && status < 300;
}

/** Fides waits for the end of a request only. One that failed is never reported as done: it stays open there too. */
async function newsOfFides(
  { queries }: Database,
  { requestId, address, token }: Claimed,
  { fides }: CallbackContext,
): Promise<News | null> {
  const { state, rowCount } = requests;
  const [found] = await queries
    .select({ state, rowCount })
    .from(requests)
    .where(eq(requests.id, requestId ?? ""));
  if (found?.state !== "completed" || token === null) return null;
  return {
    status: found.state,
    url: fides && replyAddress(fides.url, address),
    message: {
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ rows_masked: found.rowCount }),
    },
  };
}

async function newsOfErasure(
  database: Database,
  { tenantId, subjectRequestId, address, told }: Claimed,
  { processor }: CallbackContext,
): Promise<News | null> {
  const erasure = await findErasure(database, tenantId, subjectRequestId as string);
  const status = statusOf(erasure);
  if (status === told || isEarlier(status, told)) return null;
  if (processor === null) return { status, url: null, message: null };
  // Options may have become stricter since it was given.
  const url = allowed(address, processor.callbacks);
  if (url === null) return null;
  return { status, url, message: messageOf(erasure, address, processor), guard: processor.callbacks };
}

/** Requests that are put back wait again. Whoever was told that they are in progress is told nothing until there is more. */
const isEarlier = (status: string, told: string): boolean => status === "pending" && told === "in_progress";

/** An erasure's status, signed. */
function messageOf(erasure: Erasure, address: string, processor: Processor): Message {
  const prefix = erasure.version === "2.0" ? "X-OpenDSR" : "X-OpenGDPR";
  const status = describeErasure(erasure, `${processor.publicUrl}/opendsr/v2`);
  const body = JSON.stringify({ ...status, status_callback_url: address });
  const headers = {
    "content-type": "application/json",
    [`${prefix}-Processor-Domain`]: processor.domain,
    [`${prefix}-Signature`]: processor.sign(body),
  };
  return { headers, body };
}

function allowed(url: string, guard: CallbackGuard): URL | null {
  try {
    return checkCallbackUrl(url, guard);
  } catch {
    return null;
  }
}
