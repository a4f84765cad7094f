import { csvText, saveFile } from "../../shared/save-file";
import { SaveSvg } from "../parts/save-svg";
import type { Audited } from "../work/messages";
import { CloudPlot, TradeOffPlot } from "./audit-plots";
import { figuresOfAudit } from "./audit-words";

interface Props {
  readonly audited: Audited;
  readonly noun: string;
}

/** What an audit found: a verdict in words, the two clouds, and the attack's errors against those that the certificate allows. */
export function AuditFound({ audited, noun }: Props) {
  const { verdict, result, isCheating } = audited;
  const colour = isCheating ? "bad" : "ours";
  return (
    <div class="found">
      <p class={`verdict ${verdict === "consistent" ? "good" : "bad"}`} role="status" data-verdict={verdict}>
        <strong>{verdictWords(audited, noun)}</strong>
      </p>
      <div class="pair">
        <figure>
          <figcaption>
            <span class="nowrap">
              <span class={`dot ${colour}`} />{" "}
              {isCheating ? "said to have forgotten it" : "models that forgot it"}
            </span>{" "}
            <span class="nowrap">
              <span class="dot retrain" /> models that never saw it
            </span>
          </figcaption>
          <CloudPlot
            unlearned={audited.unlearned}
            retrained={audited.retrained}
            colour={`var(--${colour})`}
            label={`${audited.unlearned.length} models that forgot and ${audited.retrained.length} that never saw the record, as two clouds of dots.`}
          />
          <p class="soft small">
            Each dot is a model. Left to right is the direction in which the two kinds would differ without
            noise. The more the clouds overlap, the less anybody can tell.
          </p>
          <SaveSvg title="models as dots" />
        </figure>
        <figure>
          <figcaption>
            <span class="nowrap">
              <span class={`dot ${colour}`} /> the best attack found
            </span>
            <span class="nowrap">
              <span class="dot paper" /> what the certificate allows
            </span>
          </figcaption>
          <TradeOffPlot result={result} colour={`var(--${colour})`} />
          <p class="soft small">
            Left to right: false alarms. Upwards: what the attack misses. The solid line is the best attack;
            the dotted one is guessing. The claim is refuted where the whole shaded band, which is chance,
            lies below the dashed line.
          </p>
          <SaveSvg title="errors of the attack" />
        </figure>
      </div>
      <p class="small">
        {figuresOfAudit(result)} {OTHER_MODELS}
      </p>
      <p>
        <button
          type="button"
          class="quiet small"
          onClick={() => saveFile("audit.csv", csvText(linesOf(audited)), "text/csv")}
        >
          Save the numbers (CSV)
        </button>
      </p>
      {audited.lines.length > 0 && (
        <details>
          <summary>In full, and what an audit cannot show</summary>
          <ul class="small">
            {[...audited.lines, ...audited.limits].map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

const OTHER_MODELS =
  "Every trial draws models of its own, so its figures differ from those of another trial and from those of the story, which draws other models, and another number of them. More models can show more.";

/** Both pictures in numbers: every model as a dot, and the attack's errors. */
function linesOf({ unlearned, retrained, result }: Audited): readonly (readonly (string | number)[])[] {
  const dots = (kind: string, models: Audited["unlearned"]) =>
    models.map(([along, across]) => [kind, along, across, "", "", "", "", ""]);
  const errors = result.tradeOff.map(({ typeOne, typeTwo, low, high, certifiedMu }) => {
    return ["errors", "", "", typeOne, typeTwo, low, high, certifiedMu ?? ""];
  });
  return [
    ["of", "along", "across", "false_alarms", "missed", "missed_low", "missed_high", "missed_certified"],
    ...dots("forgot", unlearned),
    ...dots("never_saw", retrained),
    ...errors,
  ];
}

function verdictWords({ verdict, isCheating }: Audited, noun: string): string {
  if (verdict === "void") return "The control failed, so that this audit says nothing. Run it again.";
  if (verdict === "violated")
    return isCheating
      ? `Caught: the ${noun} can still be found in the models, further than the certificate allows.`
      : "The attack got further than the certificate allows: the claim is false.";
  return isCheating
    ? `Not caught: this ${noun} changes the models too little to be noticed. Try one far on the wrong side, a smaller epsilon, or more models.`
    : "The attack did not get beyond what the certificate allows. That agrees with the certificate; it is no proof.";
}
