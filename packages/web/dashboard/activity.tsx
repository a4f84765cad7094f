import type { ActivityView } from "@expunge/client";
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { useSession } from "./session";

export interface Live {
  /** null until the service has told. */
  readonly activity: ActivityView | null;
  /** Grows whenever a request or a training ends: what is shown of them must be read anew. */
  readonly endings: number;
}

const LiveContext = createContext<Live>({ activity: null, endings: 0 });

/** One stream of server-sent events for the whole page. */
export function LiveActivity({ children }: { readonly children: ComponentChildren }) {
  const { client } = useSession();
  const [activity, setActivity] = useState<ActivityView | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const watch = async (): Promise<void> => {
      for await (const next of client.events({ signal: stop.signal })) setActivity(next);
    };
    // A refused key ends the session anyway; whatever else is wrong shows on the pages themselves.
    watch().catch(() => {});
    return () => stop.abort();
  }, [client]);
  return (
    <LiveContext.Provider value={{ activity, endings: endingsOf(activity) }}>{children}</LiveContext.Provider>
  );
}

function endingsOf(activity: ActivityView | null): number {
  if (activity === null) return 0;
  const { completed, failed, cancelled } = activity.requests;
  const trained = activity.models.filter(({ state }) => state === "ready" || state === "failed").length;
  const served = activity.models.reduce((sum, { steps }) => sum + steps, 0);
  return completed + failed + cancelled + trained + served;
}

export const useLive = (): Live => useContext(LiveContext);

/** Names of models as the stream tells them. */
export function useModelName(): (id: string) => string {
  const { activity } = useLive();
  return (id) => activity?.models.find((model) => model.id === id)?.name ?? `model ${id.slice(0, 8)}`;
}
