import { ExpungeError, type ForgetRequest } from "expunge";
import type { Dataset } from "expunge/data";
import { seededRandom } from "../report/seeded-random.js";

/** How many people each of the demo's requests names: mostly one, now and then a batch. */
const SIZES = [1, 1, 2, 1, 1, 5, 1, 1, 3, 1, 10, 1, 1, 2, 1, 1, 4, 1, 1, 8];

/** A request and how many people it names. */
export interface DemoRequestInput {
  readonly request: ForgetRequest;
  readonly subjectCount: number;
}

/** The demo's requests: people drawn at random from a fixed seed, nobody twice; rows where rows have no owner. */
export function pickRequests(dataset: Dataset, count: number): readonly DemoRequestInput[] {
  const random = seededRandom(11);
  const everybody = dataset.subjects === null ? null : [...new Set(dataset.subjects)];
  const left = everybody === null ? Array.from({ length: dataset.rowCount }, (_, row) => row) : everybody;
  const sizes = Array.from({ length: count }, (_, i) => SIZES[i % SIZES.length]!);
  const needed = sizes.reduce((a, b) => a + b, 0);
  if (needed > left.length / 2) {
    throw new ExpungeError(
      "E_OPTION",
      `Expected requests = ${count} to name at most half of all ${left.length} ${everybody === null ? "rows" : "people"}; they would name ${needed}.`,
    );
  }
  const draw = (): string | number => left.splice(Math.floor(random.uniform() * left.length), 1)[0]!;
  return sizes.map((size) => {
    const named = Array.from({ length: size }, draw);
    const request = everybody === null ? { rows: named as number[] } : { subjects: named as string[] };
    return { request, subjectCount: size };
  });
}
