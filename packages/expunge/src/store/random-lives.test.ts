import { cp } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { syntheticDataset, uniforms } from "../../../../test/synthetic.js";
import { tries } from "../../../../test/thorough.js";
import { arrivals, withoutOwners } from "../../testing/model-changes.js";
import { createPlace, type Place, signer } from "../../testing/model-directories.js";
import { verify } from "../certificate/verify.js";
import type { Dataset } from "../data/dataset.js";
import { sourceOf } from "../data/index.js";
import { ExpungeError } from "../errors.js";
import type { Envelope } from "../records/certificate.js";
import { fit } from "../unlearner/fit.js";
import type { FitOptions } from "../unlearner/options.js";
import { fitToDirectory } from "./fit-to-directory.js";
import { loadModel, type StoredModel, saveModel } from "./stored-model.js";

/* Lives of real models, drawn at random: whatever honest models do, no verifier refuses their certificates, whichever of them it is given. */

const { publicKey } = signer;
const target = { epsilon: 1, delta: 1e-4, maxSteps: 20_000 } as const;

/** Some with all defaults; none of the others is slow. */
const SETTINGS: readonly FitOptions[] = [
  { ...target },
  { ...target, l2: 0.02, epochs: 3, batchSize: 7 },
  { ...target, l2: 0.01, epochs: 1, batchSize: 20, maxNoise: 5 },
  { ...target, l2: 0.05, epochs: 4, batchSize: 5, kernel: "float32" },
  { ...target, l2: 0.05, epochs: 2, batchSize: 4, deletion: "replace" },
  { ...target, noise: "every-step", requests: 5 },
  { ...target, l2: 0.05, epochs: 2, batchSize: 6, sigma: 0.1 },
  { ...target, l2: 0.02, epochs: 3, batchSize: 8, sigma: 2, kernel: "float32" },
  { ...target, l2: 0.05, epochs: 2, batchSize: 6, sigma: 0.1, deletion: "replace", releaseAt: "epoch" },
  {
    ...target,
    l2: 0.05,
    epochs: 3,
    batchSize: 10,
    requesters: "adaptive",
    adaptiveEpsilon: 8,
    rowsPerRequest: 4,
  },
  { ...target, l2: 0.02, epochs: 2, batchSize: 10, features: "fourier", featureCount: 40 },
  { ...target, l2: 0.02, epochs: 2, batchSize: 10, objective: "smoothedHinge", classWeights: "balanced" },
];

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

type Draw = (below: number) => number;

/** A model in a directory, and whoever is in it. */
class Life {
  readonly certificates: Envelope[] = [];
  /** Those of a process that was gone on with from a copy. */
  readonly lost = new Set<Envelope>();
  readonly happened: string[] = [];
  private newcomers = 0;
  private rowCount: number;
  private kept: StoredModel;
  private readonly people: Dataset;
  private readonly draw: Draw;

  private constructor(kept: StoredModel, people: Dataset, draw: Draw) {
    this.kept = kept;
    this.people = people;
    this.draw = draw;
    this.rowCount = people.rowCount;
  }

  static async begin(rowCount: number, options: FitOptions, draw: Draw): Promise<Life> {
    const people = syntheticDataset({ rowCount, seed: draw(1000) });
    const directory = place.newPath();
    if (draw(2) === 0)
      return new Life(await fitToDirectory(sourceOf(people), directory, options), people, draw);
    const model = await fit(people, options);
    await saveModel(model, directory);
    model.dispose();
    return new Life(await loadModel(directory), people, draw);
  }

  /** Something that may happen to a model; what it refuses, as for a limit, leaves it as it was. */
  async goOn(): Promise<void> {
    const events = [this.leave, this.leave, this.leave, this.correct, this.join, this.restart, this.restore];
    const event = events[this.draw(events.length)] as () => Promise<void>;
    try {
      await event.call(this);
      this.happened.push(event.name);
    } catch (error) {
      if (!(error instanceof ExpungeError) || !REFUSALS.includes(error.code)) throw error;
      this.happened.push(`${event.name}: ${error.code}`);
    }
  }

  close(): Promise<void> {
    return this.kept.close();
  }

  /** Rows, few or many, or a person with all of theirs; some are gone already, or asked for twice. */
  private async leave(): Promise<void> {
    const { draw } = this;
    const subjects = [this.people.subjects?.[draw(this.people.rowCount)] as string];
    const count = draw(4) === 0 ? 1 + draw(12) : 1 + draw(2);
    const request = draw(3) === 0 ? { subjects } : { rows: this.someRows(count) };
    this.keep(await this.kept.forget(request, { signer }));
  }

  private async correct(): Promise<void> {
    const rows = this.someRows(1 + this.draw(3));
    const to = withoutOwners(arrivals(rows.length, this.draw(1000)));
    this.keep(await this.kept.correct({ rows, to }, { signer }));
    this.rowCount += rows.length;
  }

  private async join(): Promise<void> {
    const { draw } = this;
    const count = 1 + draw([1, 4, 30][draw(3)] as number);
    const given = [{ epochs: 1 }, { steps: 1 + draw(15) }, {}][draw(3)] as object;
    await this.kept.learn(arrivals(count, 1000 + this.newcomers++), given);
    this.rowCount += count;
  }

  private async restart(): Promise<void> {
    const { directory } = this.kept;
    await this.kept.close();
    this.kept = await loadModel(directory);
  }

  /** What is done next is lost with its certificate, as the model goes on from a copy. */
  private async restore(): Promise<void> {
    const { directory } = this.kept;
    const copy = place.newPath();
    const { rowCount, certificates } = this;
    const { length } = certificates;
    await this.kept.close();
    await cp(directory, copy, { recursive: true });
    this.kept = await loadModel(directory);
    try {
      await this.leave();
    } finally {
      for (const certificate of certificates.slice(length)) this.lost.add(certificate);
      await this.kept.close();
      this.kept = await loadModel(copy);
      this.rowCount = rowCount;
    }
  }

  private someRows(count: number): number[] {
    return [...new Set(Array.from({ length: count }, () => this.draw(this.rowCount)))];
  }

  private keep({ certificate }: { readonly certificate: Envelope | null }): void {
    if (certificate !== null) this.certificates.push(certificate);
  }
}

/** What a model says no to: too many steps, rows that are gone, more rows of an owner than its limit is for. */
const REFUSALS: readonly string[] = ["E_INFEASIBLE", "E_UNKNOWN_SUBJECT", "E_OPTION"];

const lives = fc.record({
  options: fc.constantFrom(...SETTINGS),
  rowCount: fc.integer({ min: 30, max: 150 }),
  events: fc.integer({ min: 1, max: 14 }),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

it("certificates of honest lives verify alone and beside all, some and none of the others", async () => {
  let verified = 0;
  await fc.assert(
    fc.asyncProperty(lives, async ({ options, rowCount, events, seed }) => {
      const uniform = uniforms(seed);
      const draw: Draw = (below) => Math.floor(uniform() * below);
      const life = await Life.begin(rowCount, options, draw);
      for (let event = 0; event < events; event++) await life.goOn();
      await life.close();
      const { certificates: all, lost } = life;
      for (const [i, certificate] of all.entries()) {
        const before = all.slice(0, i);
        // A lost one without a step, and none in its place, is taken for the one that led on.
        const some = all.filter((other) => !lost.has(other) && draw(3) > 0);
        for (const chain of [[], before, all, some, before.slice(-1)]) {
          const { issues, holds } = verify(certificate, { publicKey, chain });
          expect(issues, life.happened.join(", ")).toEqual([]);
          expect(holds?.epsilon).toBeLessThanOrEqual(options.adaptiveEpsilon ?? target.epsilon);
          verified++;
        }
      }
    }),
    { numRuns: tries(4, 300) },
  );
  expect(verified).toBeGreaterThan(0);
  // Hundreds of lives take minutes on a machine with other work.
}, 3_600_000);
