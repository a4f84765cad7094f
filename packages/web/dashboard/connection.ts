import { useEffect, useState } from "preact/hooks";

/* Whether the service answers: told by every call, and by the browser where it knows that there is no network. */

let isReached = true;
const listeners = new Set<() => void>();

/** Notes whether a call came through. */
export function noteReach(isThere: boolean): void {
  if (isThere === isReached) return;
  isReached = isThere;
  for (const listener of listeners) listener();
}

addEventListener("offline", () => noteReach(false));

/** Whether the last call came through. */
export function useConnection(): boolean {
  const [isThere, setThere] = useState(isReached);
  useEffect(() => {
    const change = (): void => setThere(isReached);
    listeners.add(change);
    change();
    return () => void listeners.delete(change);
  }, []);
  return isThere;
}
