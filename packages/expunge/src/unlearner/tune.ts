import type { Dataset } from "../data/dataset.js";
import { wordedError } from "../errors.js";
import { makeTrainingPlan, type Planned } from "./options.js";
import { candidatesFor } from "./tune-candidates.js";
import { choose, finalistsOf } from "./tune-choice.js";
import { holdOuts, mostHoldOuts, requireHoldOut, requirePublic, someRows } from "./tune-data.js";
import { tuneFeaturesFrom } from "./tune-features.js";
import { Judge, measureFor } from "./tune-measure.js";
import { searchFrom, type TuneOptions } from "./tune-options.js";
import type { Tuning } from "./tune-result.js";
import { sizeWithin } from "./tune-size.js";
import { type Field, type Served, serve, trainAll } from "./tune-trials.js";

/**
 * Searches l2, batch size and epochs by trials: trains models of plans about the defaults, serves them requests, each certified to the same epsilon
 * and delta, and chooses the plan with the least work among those within a standard error of the best. Noise on release only.
 *
 * With `public` the choice depends on no record of the data: their number, columns and label names are all that is looked at, beside whose rows they
 * are, so that nobody's are in both. Without it trials see the data, and the choice depends on its records, which no certificate covers. Certificates of the
 * chosen plan say which (`tunedOn`).
 *
 * With a feature map rows are mapped once and plans are for mapped rows. A bandwidth that nobody gave is read off the rows that trials see; where they are
 * public the chosen plan gives it, and is drawn up before a record of the data is looked at.
 *
 * Source: docs/tuning.md; one standard error: Breiman, Friedman, Olshen, Stone 1984, section 3.4.3.
 *
 * @returns scores of models that are thrown away, and the chosen plan, for `fit(data, chosen)`
 * @throws ExpungeError E_OPTION, E_DATA, E_ASSUMPTION (the public data hold somebody of the data), E_INFEASIBLE, E_WORKER, E_ABORTED; DomainError E_DOMAIN
 */
export async function tune(data: Dataset, options: TuneOptions = {}): Promise<Tuning> {
  const asked = searchFrom(options);
  const { public: open } = options;
  if (open !== undefined) requirePublic(open, data);
  const { planned: facts, fitOptions, mapOptions, mapped } = tuneFeaturesFrom(data, open, asked.fitOptions);
  const search = { ...asked, fitOptions };
  const { requests, seed } = search;
  const usual = makeTrainingPlan(facts, fitOptions);
  const { outputCount, target } = usual;
  const seen = open ?? data;
  const measure = measureFor(seen, options.measure);
  requireHoldOut(seen, search.holdOut);
  const planned = candidatesFor(facts, fitOptions).slice(0, search.candidates);
  const mostRows = Math.min(Math.floor((1 - search.holdOut) * seen.rowCount), data.rowCount);
  const size = sizeWithin(search.maxWork, planned, {
    planRows: data.rowCount,
    mostRows,
    mostParts: mostHoldOuts(search.holdOut),
    numbersPerRow: numbersOfRow(seen, facts, usual.process.batchSize) * outputCount,
    trials: search.trials,
    requests,
  });
  const cuts = holdOuts(seen, search.holdOut, size.parts, seed);
  const rowCount = Math.min(size.rowCount, ...cuts.map(({ train }) => train.rowCount));
  requireRequests(requests, rowCount);
  const judge = new Judge(
    measure,
    cuts.map(({ test }) => mapped(test)),
  );
  const parts = cuts.map(({ train }) => mapped(someRows(train, rowCount, seed)));
  const field: Field = { planRows: data.rowCount, parts, judge, search };
  const trained = await trainAll(size.candidates, field);
  const finalists = finalistsOf(trained, judge, requests);
  const served: Served[] = [];
  for (const one of finalists) {
    search.report({ stage: "requests", done: served.length, total: finalists.length });
    served.push(await serve(one, field));
  }
  search.report({ stage: "requests", done: served.length, total: finalists.length });
  const choice = choose(trained, served, judge, requests);
  const { l2, batchSize, epochs } = choice.chosen;
  const rows = { data: data.rowCount, trained: rowCount, scored: judge.rowCount };
  const tunedOn = open === undefined ? "private" : "public";
  return Object.freeze({
    tunedOn,
    measure,
    target,
    rows: Object.freeze(rows),
    holdOuts: cuts.length,
    trials: search.trials,
    requests,
    candidates: Object.freeze(choice.candidates),
    chosen: Object.freeze({ ...fitOptions, ...mapOptions, ...target, l2, batchSize, epochs, tunedOn }),
    notes: Object.freeze(
      notesOf(rows, {
        available: mostRows,
        error: choice.error,
        untried: planned.length - size.candidates.length,
      }),
    ),
  });
}

/**
 * Numbers that a step goes through for each row: of sparse ones their entries, each three times, and a share of the sweep of the weights.
 *
 * @param seen the rows that trials see, which alone are looked at
 */
function numbersOfRow(seen: Dataset, facts: Planned, batchSize: number): number {
  const { featureCount } = facts;
  if (facts.sparse === undefined || seen.sparse === undefined) return featureCount;
  return Math.min(featureCount, (3 * seen.sparse.columns.length) / seen.rowCount + featureCount / batchSize);
}

/** A standard error that is worth a word: half a point. */
const TELLING_ERROR = 0.005;

function notesOf(
  { data, trained, scored }: Tuning["rows"],
  facts: { readonly available: number; readonly error: number; readonly untried: number },
): string[] {
  const { available, error, untried } = facts;
  const notes: string[] = [];
  if (error > TELLING_ERROR)
    notes.push(
      `Plans were scored on ${scored} rows: differences below ${error.toPrecision(1)} or so cannot be told from chance.`,
    );
  if (trained < available / 1.5)
    notes.push(
      `Trials learned from ${trained} rows of ${available}, to keep their work in bounds (maxWork).`,
    );
  else if (trained < data / 2)
    notes.push(
      `Trials learned from ${trained} rows; the plan is for ${data}, where more may be had from them.`,
    );
  if (untried > 0)
    notes.push(`${untried} plans far from the defaults were not tried, to keep work in bounds (maxWork).`);
  return notes;
}

function requireRequests(requests: number, rowCount: number): void {
  if (requests < rowCount) return;
  throw wordedError(
    "E_OPTION",
    ({ field }) =>
      `Expected ${field("requests")} = ${requests} to be fewer than the ${rowCount} rows that trials learn from.`,
  );
}
