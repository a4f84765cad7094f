import type { ActivityView } from "@expunge/client";
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { useSession } from "./session";

export interface Live {
  /** null until the service has told. */
  readonly activity: ActivityView | null;
  /** Grows when requests or trainings have ended, every few seconds at most: what is shown of them must be read anew. */
  readonly endings: number;
}

/** Under load something ends all the time; what is shown is read anew no more often than this. */
const REST_MS = 3000;

const LiveContext = createContext<Live>({ activity: null, endings: 0 });

/** One stream of server-sent events for the whole page. */
export function LiveActivity({ children }: { readonly children: ComponentChildren }) {
  const { client } = useSession();
  const [activity, setActivity] = useState<ActivityView | null>(null);
  const endings = useRested(endingsOf(activity));
  useEffect(() => {
    const stop = new AbortController();
    const watch = async (): Promise<void> => {
      for await (const next of client.events({ signal: stop.signal })) setActivity(next);
    };
    // A refused key ends the session anyway; whatever else is wrong shows on the pages themselves.
    watch().catch(() => {});
    return () => stop.abort();
  }, [client]);
  return <LiveContext.Provider value={{ activity, endings }}>{children}</LiveContext.Provider>;
}

/** The newest value, but after a change none for a while. */
export function useRested(value: number): number {
  const [shown, setShown] = useState(value);
  const changedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (value === shown) return;
    const change = (): void => {
      changedAt.current = performance.now();
      setShown(value);
    };
    const timer = setTimeout(change, Math.max(0, changedAt.current + REST_MS - performance.now()));
    return () => clearTimeout(timer);
  }, [value, shown]);
  return shown;
}

function endingsOf(activity: ActivityView | null): number {
  if (activity === null) return 0;
  const { completed, failed, cancelled } = activity.requests;
  const trained = activity.models.filter(({ state }) => state === "ready" || state === "failed").length;
  const served = activity.models.reduce((sum, { steps }) => sum + steps, 0);
  return completed + failed + cancelled + trained + served;
}

export const useLive = (): Live => useContext(LiveContext);
