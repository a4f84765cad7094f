import type { ServerResponse } from "node:http";
import { isAllowed } from "../accounts/roles.js";
import type { Listening } from "../database/notices.js";
import type { Role } from "../database/tables.js";
import type { Activity } from "../service/read-activity.js";
import { REMEMBER_MS } from "./authentication.js";
import * as present from "./present.js";

/** How often there may be something new; a change is told at most this much later. */
const LOOK_MS = 500;
/** How long a tenant of which no change was told is not looked at, while changes are told. */
const QUIET_MS = 5000;
/** A tenant of which there is much to read is looked at less often: looks take a quarter of the time, or one comes in so many milliseconds. */
const REST_SHARE = 4;
const MOST_REST_MS = 5000;
/** So that nothing between here and there takes a quiet connection for a dead one. */
const HEARTBEAT_MS = 15_000;

/** Somebody who is told what changes. */
export interface Watcher {
  readonly tenantId: string;
  readonly keyId: string;
  readonly role: Role;
  /** Whose headers are sent. */
  readonly stream: ServerResponse;
}

/** What watchers are told from. */
export interface WatchSource {
  activity(tenantId: string): Promise<Activity>;
  /** @param onChange told whose activity has changed; null where that may be everybody's */
  listen(onChange: (tenantId: string | null) => void): Listening;
  /** Those of some keys that are not revoked. */
  keysInForce(keyIds: readonly string[]): Promise<readonly string[]>;
  /** How long somebody is told before they must ask again. */
  readonly watchMs: number;
  onFailure(error: unknown): void;
}

/** What is written to all who may read the same; the same bytes where nothing has changed. */
type Frame = Buffer;

interface Told extends Watcher {
  readonly until: number;
  frame: Frame | null;
  beatAt: number;
}

interface Held {
  readonly readAt: number;
  readonly activity: Promise<Activity>;
  /** How long it took to read. */
  tookMs: number;
  readonly frames: Map<Role, Frame>;
  /** The newest frames of all looks at this tenant: one that failed has none of its own. */
  readonly newest: Map<Role, Frame>;
}

/**
 * All who watch, on one clock: however many they are, the database is asked once for a tenant, and what they are told is made once for all of one role.
 */
export class Watchers {
  readonly #source: WatchSource;
  readonly #all = new Set<Told>();
  readonly #held = new Map<string, Held>();
  /** Of whom there may be something new; forgotten as it is read. */
  readonly #changed = new Set<string>();
  #listening: Listening | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;
  #checkedAt = 0;

  constructor(source: WatchSource) {
    this.#source = source;
  }

  /** How many of a tenant's are told. */
  count(tenantId: string): number {
    let count = 0;
    for (const one of this.#all) if (one.tenantId === tenantId) count += 1;
    return count;
  }

  /** Reads what one who is added next is told first. @throws where it cannot be read */
  async prepare(tenantId: string): Promise<void> {
    await this.#read(tenantId).activity;
  }

  /** Tells one more, at once how things stand; nobody who has left by now, whose stream says so no more. */
  add(watcher: Watcher): void {
    if (watcher.stream.destroyed) return;
    const now = performance.now();
    const told = { ...watcher, until: now + this.#source.watchMs, frame: null, beatAt: now };
    this.#all.add(told);
    watcher.stream.once("close", () => this.#all.delete(told));
    this.#listening ??= this.#source.listen((tenantId) => this.#note(tenantId));
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS);
    void this.#tell(told.tenantId, [told]).catch(this.#source.onFailure);
  }

  /** Ends all streams: such a connection never ends by itself, and a server would wait for it. */
  close(): void {
    for (const one of this.#all) this.#end(one);
    if (this.#timer) clearInterval(this.#timer);
    this.#listening?.stop();
  }

  #note(tenantId: string | null): void {
    if (tenantId === null) for (const one of this.#held.keys()) this.#changed.add(one);
    else if (this.#held.has(tenantId)) this.#changed.add(tenantId);
  }

  async #look(): Promise<void> {
    // A database that is slow is not asked again before it has answered.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (const one of this.#all) if (performance.now() >= one.until) this.#end(one);
      await this.#endRevoked();
      await this.#tellAll(byTenant(this.#all));
    } catch (error) {
      this.#source.onFailure(error);
    } finally {
      this.#isLooking = false;
    }
  }

  /** That one tenant's cannot be read keeps no other's from being told. @throws the first failure */
  async #tellAll(ofTenant: ReadonlyMap<string, readonly Told[]>): Promise<void> {
    const failures: unknown[] = [];
    for (const [tenantId, own] of ofTenant)
      await this.#tell(tenantId, own).catch((error: unknown) => failures.push(error));
    this.#rest(new Set(ofTenant.keys()));
    if (failures.length > 0) throw failures[0];
  }

  /** Forgets tenants that nobody watches, and the clock where nobody watches anything. */
  #rest(watched: ReadonlySet<string>): void {
    for (const tenantId of this.#held.keys()) if (!watched.has(tenantId)) this.#held.delete(tenantId);
    if (this.#all.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#listening?.stop();
    this.#listening = null;
    this.#changed.clear();
  }

  async #endRevoked(): Promise<void> {
    if (performance.now() - this.#checkedAt < REMEMBER_MS || this.#all.size === 0) return;
    this.#checkedAt = performance.now();
    const asked = [...this.#all];
    const good = new Set(await this.#source.keysInForce([...new Set(asked.map(({ keyId }) => keyId))]));
    for (const one of asked) if (!good.has(one.keyId)) this.#end(one);
  }

  async #tell(tenantId: string, own: readonly Told[]): Promise<void> {
    const held = this.#read(tenantId);
    const activity = await held.activity;
    for (const one of own) write(one, frameOf(held, activity, one.role));
  }

  #read(tenantId: string): Held {
    const before = this.#held.get(tenantId);
    if (before && performance.now() - before.readAt < this.#lastsMs(tenantId, before)) return before;
    this.#changed.delete(tenantId);
    const held: Held = {
      ...{ readAt: performance.now(), activity: this.#source.activity(tenantId), tookMs: 0 },
      ...{ frames: new Map(), newest: before?.newest ?? new Map() },
    };
    held.activity.then(
      () => {
        held.tookMs = performance.now() - held.readAt;
      },
      () => this.#changed.add(tenantId),
    );
    this.#held.set(tenantId, held);
    return held;
  }

  #lastsMs(tenantId: string, { tookMs }: Held): number {
    const isQuiet = this.#listening?.isLive === true && !this.#changed.has(tenantId);
    if (isQuiet) return QUIET_MS;
    // A little less than the clock's step, which is never exact.
    return Math.max(0.9 * LOOK_MS, Math.min(MOST_REST_MS, REST_SHARE * tookMs));
  }

  #end(one: Told): void {
    this.#all.delete(one);
    one.stream.end();
  }
}

function byTenant(all: Iterable<Told>): Map<string, Told[]> {
  const groups = new Map<string, Told[]>();
  for (const one of all) {
    const own = groups.get(one.tenantId);
    if (own) own.push(one);
    else groups.set(one.tenantId, [one]);
  }
  return groups;
}

function frameOf({ frames, newest }: Held, activity: Activity, role: Role): Frame {
  const made = frames.get(role);
  if (made !== undefined) return made;
  const told = present.activity(forRole(activity, role));
  const frame = Buffer.from(`event: state\ndata: ${JSON.stringify(told)}\n\n`);
  const before = newest.get(role);
  const kept = before?.equals(frame) ? before : frame;
  frames.set(role, kept);
  newest.set(role, kept);
  return kept;
}

function write(one: Told, frame: Frame): void {
  const { stream } = one;
  if (stream.destroyed || stream.writableEnded) return;
  // Whoever does not read fast enough is told the newest state later, not every one.
  if (frame !== one.frame && !stream.writableNeedDrain) {
    stream.write(frame);
    one.frame = frame;
  } else if (performance.now() - one.beatAt > HEARTBEAT_MS) stream.write(": still here\n\n");
  else return;
  one.beatAt = performance.now();
}

/** Counts for everybody; the rest as the role may read it elsewhere. */
function forRole(activity: Activity, role: Role): Activity {
  return {
    requests: activity.requests,
    ...(isAllowed(role, "requests:read")
      ? { open: activity.open, recent: activity.recent }
      : { open: [], recent: [] }),
    models: isAllowed(role, "models:read") ? activity.models : [],
  };
}
