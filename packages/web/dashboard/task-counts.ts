import type { RequestView, WatchedRequest } from "@expunge/client";

/** A request as it was read, or as the stream tells it. */
export type ShownRequest = RequestView | WatchedRequest;

/** How many models a request asks something of, by how far they are. */
export function taskCountsOf(request: ShownRequest): WatchedRequest["taskCounts"] {
  if ("taskCounts" in request) return request.taskCounts;
  const counts = { waiting: 0, done: 0, failed: 0 };
  for (const { state } of request.tasks) counts[state] += 1;
  return counts;
}
