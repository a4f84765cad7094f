import type { RequestView } from "@expunge/client";
import { useRef } from "preact/hooks";
import { useLive } from "./activity";
import { type Loaded, useLoaded } from "./load";
import { useSession } from "./session";

export const isOpenState = (state: RequestView["state"]): boolean =>
  state === "accepted" || state === "running";

/** A request as it stands. It is read anew while others end, until it has ended itself. */
export function useRequest(id: string): Loaded<RequestView> {
  const { client } = useSession();
  const { activity, endings } = useLive();
  const tick = useRef(endings);
  const last = useRef<RequestView | null>(null);
  if (last.current === null || isOpenState(last.current.state)) tick.current = endings;
  const read = useLoaded(() => client.requests.get(id), [client, id, tick.current]);
  // What the stream tells is newer than what was read.
  const told = [...(activity?.open ?? []), ...(activity?.recent ?? [])].find((one) => one.id === id);
  last.current = told ?? read.value;
  return read.state === "ready" && told ? { ...read, value: told } : read;
}
