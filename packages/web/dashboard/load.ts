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
