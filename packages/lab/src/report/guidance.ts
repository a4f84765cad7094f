import { type Html, html, numberWords } from "expunge/internal";
import type { DemoReport } from "./demo-report.js";

/** The false alarms that the example allows a suspicious tester. */
const FALSE_ALARMS = 0.05;

/**
 * The largest share of true alarms that any test with a given share of false alarms can have between two
 * (epsilon, delta)-indistinguishable worlds:
 *
 *   min( e^eps a + delta, 1 - e^-eps (1 - a - delta) )
 *
 * Source: Kairouz, Oh, Viswanath, ICML 2015 (arXiv 1311.0776), Theorem 2.1, both inequalities.
 *
 * @param falseAlarms a in [0, 1]
 */
export function mostTrueAlarms(epsilon: number, delta: number, falseAlarms: number): number {
  const forward = Math.exp(epsilon) * falseAlarms + delta;
  const mirror = 1 - Math.exp(-epsilon) * (1 - falseAlarms - delta);
  return Math.min(1, forward, mirror);
}

/** What the certificates mean, for somebody who answers for data protection and not for mathematics. */
export function guidance({ plan, dataset }: DemoReport): Html {
  const { epsilon, delta } = plan;
  // Rounded up to a tenth of a per cent: a bound must not look smaller than it is.
  const alarms = Math.ceil(1000 * mostTrueAlarms(epsilon, delta, FALSE_ALARMS)) / 1000;
  const owner = dataset.subjectCount === null ? "the deleted rows" : "the person’s rows";
  return html`<section id="meaning" aria-labelledby="meaning-title">
<h2 id="meaning-title">What these certificates say, and what they do not</h2>
<p class="intro">Written for a data protection officer; no mathematics needed.</p>
<div class="columns">
<div>
<h3>They say</h3>
<ul class="says">
<li><strong>The model is almost as if ${owner} had never been used.</strong> After the request, the released model is statistically almost the same as one trained again from the beginning without ${owner}. Nothing is cut out of it; what counts is that it no longer depends on them in any way that could be noticed.</li>
<li><strong>How much “almost” is, is a number.</strong> With ε = ${numberWords(epsilon)} and δ = ${numberWords(delta)}, take any test, however clever, that looks at the model to tell whether ${owner} were ever in it. If it raises a false alarm ${shortPercent(FALSE_ALARMS)} of the time, it raises a true one at most ${shortPercent(alarms)} of the time. Smaller numbers are better; at ε = 0 and δ = 0 both would be ${shortPercent(FALSE_ALARMS)}.</li>
<li><strong>It can be checked by others.</strong> A certificate holds every number that the claim was computed from. The verifier computes the claim again, on any computer and without the data, and names the field that does not fit. The signature shows who issued it.</li>
</ul>
</div>
<div>
<h3>They do not say</h3>
<ul class="says-not">
<li><strong>That other copies are gone.</strong> Source tables, backups, logs, other models and anything derived from the rows are outside the certificate.</li>
<li><strong>That models published earlier forgot anything.</strong> Whoever kept an older copy still has it. ${
    plan.noise.kind === "on-release"
      ? "The model published before the first request had no noise at all."
      : "A certificate states separately what all published models show together."
  }</li>
<li><strong>That it holds for someone who first studied the model.</strong> The promise is to people whose request does not depend on what a published model showed.</li>
<li><strong>That the process was run as stated.</strong> A certificate binds its issuer to a statement, as a signed record does. It cannot look into the issuer’s machines.</li>
<li><strong>That preparation was forgotten too.</strong> The way columns are turned into numbers, and settings chosen by looking at the data, are treated as public.</li>
<li><strong>That the model knows nothing about such people.</strong> What it learned from others who are alike stays, as it would after retraining.</li>
<li><strong>That a legal duty is met.</strong> Whether this satisfies a request for erasure, such as one under Article 17 of the GDPR, is for you and your counsel to judge.</li>
</ul>
</div>
</div>
</section>`;
}

function shortPercent(share: number): string {
  return `${Number((100 * share).toFixed(1))}\u00a0%`;
}
