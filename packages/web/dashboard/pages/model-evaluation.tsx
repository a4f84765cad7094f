import type { Evaluation } from "@expunge/client";
import type { ComponentChildren } from "preact";
import { columnWords } from "../../shared/numbers";
import { countText, percentText, plural } from "../format";
import { Explain } from "../glossary";
import { lazy } from "../lazy";
import { useLoaded } from "../load";
import type { Release } from "../model-figures";
import { NoteItems } from "../parts/note-items";
import { Scroll } from "../parts/scroll";
import { Await } from "../parts/states";
import { useSession } from "../session";

const CalibrationChart = lazy(async () => (await import("../charts/calibration-chart")).CalibrationChart);

type OfClasses = Exclude<Evaluation, { task: "regression" }>;
type OfValues = Extract<Evaluation, { task: "regression" }>;

/** More classes than this have no table of their own here: it would be read by nobody. */
const MAX_IN_TABLE = 12;

/** How good the newest release is, measure by measure, beside what no model at all would get. */
export function EvaluationCard({
  modelId,
  release,
}: {
  readonly modelId: string;
  readonly release: Release;
}) {
  const { client } = useSession();
  const { version } = release;
  const loaded = useLoaded(
    () => client.models.releaseEvaluation(modelId, version),
    [client, modelId, version],
  );
  return (
    <Await loaded={loaded} what="evaluation">
      {(found) =>
        found && (
          <section class="card" aria-label="How good it is">
            <h2>
              How good it is
              <Explain term="evaluated" about="how good it is" />
            </h2>
            <p class="soft">
              The newest release, on {plural(found.rowCount, "row")} of the evaluation data set.
            </p>
            <Notes notes={found.notes} />
            {found.task === "regression" ? <Values found={found} /> : <Classes found={found} />}
          </section>
        )
      }
    </Await>
  );
}

/** What must be known before any of the numbers is believed. */
function Notes({ notes }: { readonly notes: Evaluation["notes"] }) {
  if (notes.length === 0) return null;
  return (
    <ul class="notes">
      <NoteItems notes={notes} />
    </ul>
  );
}

function Classes({ found }: { readonly found: OfClasses }) {
  const { classes, baseline, average, calibration, confusion } = found;
  const positive = classes[1]?.label;
  const whose = average === "positive" && positive !== undefined ? `of “${positive}”` : "mean of classes";
  const [low, high] = found.accuracyInterval;
  const positiveShare = average === "positive" ? (classes[1]?.rowCount ?? 0) / found.rowCount : null;
  const hasTable = confusion !== null && classes.length <= MAX_IN_TABLE;
  // Below one another, and with as many digits as the notes above give them.
  const [auc, chance, precision, ofBaseline, logLoss, error, ofChance] = columnWords([
    ...[found.auc, 0.5, found.averagePrecision, positiveShare, found.logLoss],
    ...[calibration?.expectedError ?? null, calibration?.chanceError ?? null],
  ]) as [string, string, string, string, string, string, string];
  return (
    <div class="two">
      <div>
        <Measures
          caption={`Baseline: always answering “${baseline.label}”; for the calibration error, pure chance`}
          rows={[
            ["Accuracy", percentText(found.accuracy), percentText(baseline.share)],
            ["95% interval of it", `${(100 * (low ?? 0)).toFixed(1)}–${percentText(high ?? 1)}`, ""],
            ["Balanced accuracy", percentText(found.balancedAccuracy), chanceOf(classes)],
            [`Precision, ${whose}`, share(found.precision), ""],
            [`Recall, ${whose}`, share(found.recall), ""],
            ["AUC", auc, chance],
            ["Average precision", precision, positiveShare === null ? "" : ofBaseline],
            ["Log loss", logLoss, ""],
            ["Calibration error", error, calibration === null ? "" : ofChance],
          ]}
        />
      </div>
      <div>
        {hasTable && <Confusion names={classes.map(({ label }) => label)} counts={confusion} />}
        {calibration !== null && (
          <>
            <h3 class="apart">Are its probabilities right?</h3>
            <CalibrationChart calibration={calibration} positive={positive ?? "the class predicted"} />
          </>
        )}
      </div>
    </div>
  );
}

/** What guessing has for balanced accuracy; nothing where the classes are too many to be listed. */
function chanceOf(classes: OfClasses["classes"]): string {
  const present = classes.filter(({ rowCount }) => rowCount > 0).length;
  return present === 0 ? "" : percentText(1 / present);
}

function Values({ found }: { readonly found: OfValues }) {
  const { baseline } = found;
  const [absolute, ofBaseline, squared, squaredOfBaseline] = columnWords([
    ...[found.meanAbsoluteError, baseline.meanAbsoluteError],
    ...[found.rootMeanSquaredError, baseline.rootMeanSquaredError],
  ]) as [string, string, string, string];
  const [r2] = columnWords([found.r2]) as [string];
  return (
    <Measures
      caption="Baseline: what always saying the mean gets"
      rows={[
        ["R squared", r2, "0"],
        ["Mean absolute error", absolute, ofBaseline],
        ["Root mean squared error", squared, squaredOfBaseline],
      ]}
    />
  );
}

function Measures({
  caption,
  rows,
}: {
  readonly caption: string;
  readonly rows: readonly (readonly [name: string, value: string, ofBaseline: string])[];
}) {
  return (
    <Scroll label="Measures">
      <table class="measures">
        <caption class="soft small">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col" class="right">
              This model
            </th>
            <th scope="col" class="right">
              Baseline
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, value, ofBaseline]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="right number">{value}</td>
              <td class="right number soft">{ofBaseline}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Confusion({
  names,
  counts,
}: {
  readonly names: readonly string[];
  readonly counts: readonly (readonly number[])[];
}) {
  return (
    <Scroll label="Confusion matrix">
      <table>
        <caption class="soft small">Rows by what is true (down) and by what the model says (across)</caption>
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th scope="col" class="right" key={name}>
                says “{name}”
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, i) => (
            <tr key={names[i]}>
              <th scope="row">is “{names[i]}”</th>
              {row.map((count, j) => (
                <Cell key={names[j]} isRight={i === j}>
                  {countText(count)}
                </Cell>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Cell({ isRight, children }: { readonly isRight: boolean; readonly children: ComponentChildren }) {
  return <td class="right number">{isRight ? <strong>{children}</strong> : children}</td>;
}

const share = (value: number | null): string => (value === null ? "–" : percentText(value));
