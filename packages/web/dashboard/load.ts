import { everyItem } from "@expunge/client";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export type Loaded<T> = (
  | { readonly state: "loading"; readonly value: null }
  | { readonly state: "error"; readonly value: null; readonly error: unknown }
  | { readonly state: "ready"; readonly value: T }
) & { readonly again: () => void };

type Held<T> = { value: T } | { error: unknown } | null;

/** Reads when it is first shown and when an input changes; what was read stays in sight until there is something newer. */
export function useLoaded<T>(read: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [held, setHeld] = useState<Held<T>>(null);
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    let isWanted = true;
    latest
      .current()
      .then((value) => isWanted && setHeld({ value }))
      .catch((error: unknown) => isWanted && setHeld({ error }));
    return () => {
      isWanted = false;
    };
  }, [...inputs, attempt]);
  const again = useCallback(() => {
    setHeld(null);
    setAttempt((count) => count + 1);
  }, []);
  if (held === null) return { state: "loading", value: null, again };
  if ("error" in held) return { state: "error", value: null, error: held.error, again };
  return { state: "ready", value: held.value, again };
}

/** A list that is shown whole: its pages, one after another. */
export async function allOf<Item>(
  list: (query: {
    limit?: number;
    after?: string;
  }) => Promise<{ readonly items: readonly Item[]; readonly next: string | null }>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of everyItem(list)) items.push(item);
  return items;
}

interface Item {
  readonly id: string;
}

interface ListPage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface Listed<T> extends Doing {
  /** null until the first page is there. */
  readonly items: readonly T[] | null;
  readonly hasMore: boolean;
  readOn(): void;
  again(): void;
}

/** New items at the head are looked for in so many pages; what is older stays as it was read. */
const MAX_NEW_PAGES = 5;

/**
 * A list, newest first, that is read a page at a time. What was read stays in sight: when `tick` changes, new items are put before it and
 * changed ones in its place.
 *
 * @param key what the list is of: another one begins anew
 */
export function useList<T extends Item>(
  list: (query: { limit: number; after?: string }) => Promise<ListPage<T>>,
  { key, tick, limit }: { readonly key: string; readonly tick: number; readonly limit: number },
): Listed<T> {
  const [held, setHeld] = useState<{ key: string; page: ListPage<T> } | null>(null);
  const { run, isBusy, error } = useAction();
  const latest = useRef({ list, key });
  latest.current = { list, key };
  const known = held?.key === key ? held.page : null;
  const keep = (of: string, change: (before: ListPage<T> | null) => ListPage<T>): void => {
    if (of !== latest.current.key) return;
    setHeld((before) => ({ key: of, page: change(before?.key === of ? before.page : null) }));
  };
  const refresh = (): Promise<void> =>
    run(async () => {
      if (known === null) {
        const first = await list({ limit });
        keep(key, () => first);
        return;
      }
      const head = await readHead(list, limit, new Set(known.items.map(({ id }) => id)));
      keep(key, (before) => merged(head, before));
    });
  useEffect(() => {
    refresh();
  }, [key, tick]);
  const readOn = (): void => {
    const after = known?.next ?? null;
    if (after === null) return;
    run(async () => {
      const page = await list({ limit, after });
      keep(key, (before) => ({ items: unique([...(before?.items ?? []), ...page.items]), next: page.next }));
    });
  };
  return { items: known?.items ?? null, hasMore: known?.next != null, readOn, again: refresh, isBusy, error };
}

/** From the newest on, until something comes that is known. */
async function readHead<T extends Item>(
  list: (query: { limit: number; after?: string }) => Promise<ListPage<T>>,
  limit: number,
  known: ReadonlySet<string>,
): Promise<ListPage<T> & { readonly isJoined: boolean }> {
  let page = await list({ limit });
  const items = [...page.items];
  for (let count = 1; ; count++) {
    const isJoined = page.next === null || page.items.some(({ id }) => known.has(id));
    if (isJoined || count === MAX_NEW_PAGES) return { items, next: page.next, isJoined };
    page = await list({ limit, after: page.next as string });
    items.push(...page.items);
  }
}

function merged<T extends Item>(
  head: ListPage<T> & { readonly isJoined: boolean },
  before: ListPage<T> | null,
): ListPage<T> {
  // Between the two something may be missing: the list goes on from the new head.
  if (before === null || !head.isJoined) return { items: head.items, next: head.next };
  return { items: unique([...head.items, ...before.items]), next: before.next };
}

/** The first of each id. */
function unique<T extends Item>(items: readonly T[]): readonly T[] {
  return [...new Map([...items].reverse().map((item) => [item.id, item])).values()].reverse();
}

export type Doing = { readonly isBusy: boolean; readonly error: unknown };

/** Something that a person starts: busy while it runs, with the error of the last try. */
export function useAction(): Doing & {
  run: (act: () => Promise<void>) => Promise<void>;
  clear: () => void;
} {
  const [doing, setDoing] = useState<Doing>({ isBusy: false, error: null });
  const run = useCallback(async (act: () => Promise<void>) => {
    setDoing({ isBusy: true, error: null });
    try {
      await act();
      setDoing({ isBusy: false, error: null });
    } catch (error) {
      setDoing({ isBusy: false, error });
    }
  }, []);
  const clear = useCallback(() => setDoing({ isBusy: false, error: null }), []);
  return { ...doing, run, clear };
}
