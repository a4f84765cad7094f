import { countWords, numberWords, percentWords, plural } from "../../shared/numbers";
import type { StepPoint } from "./figures";
import { DEFAULT_STEPS, expungeProcess, type Setting } from "./setting";

/** The whole page in one sentence, read out as it changes. */
export function Headline({
  setting,
  points,
}: {
  readonly setting: Setting;
  readonly points: readonly StepPoint[];
}) {
  const passes = (method: StepPoint["method"]): number | undefined =>
    points.filter((point) => point.method === method).at(-1)?.passes;
  const ours = passes("expunge");
  const retraining = passes("retraining") ?? 0;
  const steps = (ours ?? 0) * expungeProcess(setting.batchSize).batchCount;
  const served = plural(setting.requests, "request");
  if (ours === undefined)
    return (
      <p class="headline" role="status">
        With so little noise Expunge cannot certify {served}: move the noise slider to the right.
      </p>
    );
  // A mean over all records of what is a whole number of steps for each: as a ratio it would be a fantasy.
  if (steps > 0 && steps < setting.requests)
    return (
      <p class="headline" role="status">
        {served}: most records are hidden already; on average Expunge needs{" "}
        <strong class="ours">less than one step a request</strong>, retraining{" "}
        <strong>{passWords(retraining)}</strong>.
      </p>
    );
  return (
    <p class="headline" role="status">
      {served}: Expunge needs <strong class="ours">{passWords(ours)}</strong>, retraining{" "}
      <strong>{passWords(retraining)}</strong>
      {ours > 0 && retraining > ours ? <>, {numberWords(retraining / ours, 2)} times as much</> : null}.
    </p>
  );
}

/** What the headline is of, and what it is not: the product's own default is another kind of noise. */
export function OfWhichNoise() {
  const { request, training } = DEFAULT_STEPS;
  return (
    <p class="soft small">
      That is with noise at every step, at the settings below. Expunge’s default is noise on release, with
      settings of its own: at this size it saves {percentWords(1 - request / training)} of the steps of
      training again, for one request of the costliest record ({countWords(request)} steps instead of{" "}
      {countWords(training)}, by <code>expunge plan --rows 11264 --columns 784</code>). Its models have no
      noise until the first request.
    </p>
  );
}

function passWords(passes: number): string {
  if (passes === 0) return "no work at all";
  return `${numberWords(passes)} ${passes === 1 ? "pass" : "passes"} over the data`;
}
