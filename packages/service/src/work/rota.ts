import { LastTurns } from "../child/last-turns.js";
import type { Job } from "../database/queue.js";
import type { WaitingModel } from "./waiting-models.js";

/** A model that this worker has jobs for counts as waiting so many seconds longer. No other worker has those jobs, so workers do not all try the same models. */
const HEAD_START_S = 10;

/**
 * Whose turn it is at one kind of work: of the tenant whose last one was longest ago, however many models another one has. Of a tenant's models the one that has waited
 * longest is next, so that a model whose jobs a dead worker holds is served too.
 */
export class Rota {
  /** Jobs that were taken and are not done, by model. */
  readonly jobs = new Map<string, Job[]>();
  /** Whether the last round ended before it came to all models. */
  isCut = false;
  private readonly last = new LastTurns();

  get jobCount(): number {
    let count = 0;
    for (const jobs of this.jobs.values()) count += jobs.length;
    return count;
  }

  takeIn(jobs: readonly Job[]): void {
    for (const job of jobs) this.jobs.set(job.modelId, [...(this.jobs.get(job.modelId) ?? []), job]);
  }

  /** Of a model, which are somebody else's then. */
  giveAway(modelId: string): readonly Job[] {
    const jobs = this.jobs.get(modelId) ?? [];
    this.jobs.delete(modelId);
    return jobs;
  }

  /** Models one after another, each chosen when it is asked for: whose turn is noted meanwhile counts. */
  *inTurn(found: readonly WaitingModel[]): Generator<WaitingModel> {
    const waiting = this.byTenant(found);
    while (waiting.size > 0) {
      const tenantId = this.next([...waiting.keys()]);
      const { value, done } = waiting.get(tenantId)!.next();
      if (done) waiting.delete(tenantId);
      else yield value;
    }
  }

  /** A tenant has had its turn. */
  note({ tenantId }: WaitingModel): void {
    this.last.note(tenantId);
  }

  private byTenant(found: readonly WaitingModel[]): Map<string, IterableIterator<WaitingModel>> {
    const byTenant = new Map<string, WaitingModel[]>();
    for (const model of found) {
      const own = byTenant.get(model.tenantId);
      if (own) own.push(model);
      else byTenant.set(model.tenantId, [model]);
    }
    const waited = (model: WaitingModel): number =>
      model.waited + (this.jobs.has(model.id) ? HEAD_START_S : 0);
    for (const own of byTenant.values()) own.sort((a, b) => waited(b) - waited(a));
    return new Map([...byTenant].map(([tenantId, own]) => [tenantId, own.values()]));
  }

  private next(tenants: readonly string[]): string {
    return tenants.reduce((first, one) => (this.last.of(one) < this.last.of(first) ? one : first));
  }
}
