import { useMemo } from "preact/hooks";
import { Hint } from "../../shared/hint";
import { numberWords, percentWords } from "../../shared/numbers";
import { csvText, saveFile } from "../../shared/save-file";
import { expectedAccuracy } from "./accuracy";
import {
  descentNoise,
  expungeNoise,
  langevinNoise,
  METHODS,
  type Method,
  paperNoise,
  type StepPoint,
} from "./figures";
import type { Setting } from "./setting";
import { LABELS, Swatch } from "./styles";

interface Props {
  readonly setting: Setting;
  readonly steps: readonly StepPoint[];
  readonly margins: Float64Array | null;
  readonly isLangevinKnown: boolean;
}

/** The same figures as numbers, at the epsilon chosen. */
export function FiguresTable({ setting, steps, margins, isLangevinKnown }: Props) {
  const levels = useMemo(() => noiseLevels(setting), [setting]);
  const save = (): void => saveFile("figures.csv", csvText(linesOf(setting, levels, steps)), "text/csv");
  return (
    <section class="card table-card">
      <h2>In numbers, at ε = {numberWords(setting.epsilon, 2)}</h2>
      <p class="swipe soft small">On a small screen, swipe the table sideways for its other columns.</p>
      <div class="scroll">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">Method</th>
              <th scope="col">
                σ
                <Hint about="sigma">
                  The noise parameter of each step. Descent-to-Delete has none: its noise comes at release.
                </Hint>
              </th>
              <th scope="col">Noise in each weight, if one pass must do</th>
              <th scope="col">Accuracy at that noise, estimated</th>
              <th scope="col">Passes for all requests at σ = {numberWords(setting.sigma)}</th>
            </tr>
          </thead>
          <tbody>
            {METHODS.map((method) => {
              const { sigma, noise } = levels[method];
              return (
                <tr key={method} data-method={method}>
                  <th scope="row">
                    <Swatch method={method} /> {LABELS[method]}
                  </th>
                  <td data-figure="sigma">{sigma === null ? "–" : numberWords(sigma, 3, true)}</td>
                  <td data-figure="noise">{noiseWords(noise)}</td>
                  <td data-figure="accuracy">{accuracyWords(margins, noise)}</td>
                  <td data-figure="passes">
                    {method === "langevin" && !isLangevinKnown
                      ? "…"
                      : passesWords(steps, method, setting.requests)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p>
        <button type="button" class="quiet small" onClick={save}>
          Save the numbers (CSV)
        </button>
      </p>
    </section>
  );
}

function noiseLevels(
  setting: Setting,
): Readonly<Record<Method, { readonly sigma: number | null; readonly noise: number | null }>> {
  const { epsilon } = setting;
  return {
    expunge: expungeNoise(setting, epsilon),
    paper: paperNoise(setting, epsilon),
    descent: { sigma: null, noise: descentNoise(setting, epsilon) },
    langevin: langevinNoise(setting, epsilon) ?? { sigma: null, noise: null },
    retraining: { sigma: null, noise: 0 },
  };
}

/** Every figure in full, with the setting that it is for. */
function linesOf(
  setting: Setting,
  levels: ReturnType<typeof noiseLevels>,
  steps: readonly StepPoint[],
): readonly (readonly (string | number)[])[] {
  const chosen = Object.entries(setting);
  const names = chosen.map(([name]) => `chosen_${name}`);
  const head = ["method", "sigma", "noise_in_each_weight", "request", "passes", ...names];
  const values = chosen.map(([, value]) => value as string | number);
  const lines = METHODS.flatMap((method) => {
    const { sigma, noise } = levels[method];
    const own = [method, sigma ?? "", noise ?? ""];
    const points = steps.filter((point) => point.method === method);
    if (points.length === 0) return [[...own, "", "", ...values]];
    return points.map(({ request, passes }) => [...own, request, passes, ...values]);
  });
  return [head, ...lines];
}

function noiseWords(noise: number | null): string {
  if (noise === null) return "–";
  return noise === 0 ? "none" : numberWords(noise, 3, true);
}

function accuracyWords(margins: Float64Array | null, noise: number | null): string {
  if (noise === null) return "–";
  return margins === null ? "…" : percentWords(expectedAccuracy(margins, noise));
}

/** "cannot" where a method does not get through all requests at the noise chosen. */
function passesWords(steps: readonly StepPoint[], method: Method, requests: number): string {
  const last = steps.filter((point) => point.method === method).at(-1);
  if (last === undefined || last.request < requests) return "cannot";
  return last.passes === 0 ? "none" : numberWords(last.passes);
}
