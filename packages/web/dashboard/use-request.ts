import type { RequestView } from "@expunge/client";
import { useRef } from "preact/hooks";
import { useLive, useRested } from "./activity";
import { type Loaded, useLoaded } from "./load";
import { useSession } from "./session";

export const isOpenState = (state: RequestView["state"]): boolean =>
  state === "accepted" || state === "running";

/** A request as it stands, with all of its tasks. It is read anew while it goes on and others end, until it has ended itself. */
export function useRequest(id: string): Loaded<RequestView> {
  const { client } = useSession();
  const { activity, endings } = useLive();
  const tick = useRef(endings);
  const last = useRef<RequestView | null>(null);
  if (last.current === null || isOpenState(last.current.state)) tick.current = endings;
  const told = [...(activity?.open ?? []), ...(activity?.recent ?? [])].find((one) => one.id === id);
  const over = useRested(told === undefined ? 0 : told.taskCounts.done + told.taskCounts.failed);
  const read = useLoaded(() => client.requests.get(id), [client, id, tick.current, over, told?.state]);
  last.current = read.value;
  // What the stream tells is newer than what was read, but it tells the first tasks alone.
  return read.state === "ready" && told ? { ...read, value: { ...told, tasks: read.value.tasks } } : read;
}
