/** A worker takes work up in seconds. */
const PATIENCE_MS = 120_000;

/** Whether something has waited longer than it should have to, if anybody worked. */
export function isOverdue(since: string, now: number = Date.now()): boolean {
  return now - Date.parse(since) > PATIENCE_MS;
}

/** What may be wrong where nothing happens: the page cannot see workers, only that none has come. */
export function NoWorker() {
  return (
    <p class="small">
      It has waited for some minutes. Either a lot is being done before it, or no worker runs: whoever runs
      the service should see to <code class="mono">expunge worker</code>.
    </p>
  );
}
