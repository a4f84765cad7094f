import { countWords, DARK, escapeHtml, type Frame, LIGHT, type Palette, plural } from "expunge/internal";
import { cumulativeStepsPlot } from "./cumulative-plot.js";
import type { DemoReport } from "./demo-report.js";
import { stepsPlot } from "./steps-plot.js";

const WIDTH = 1000;
const HEIGHT = 440;
const FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const FRAME: Frame = { width: 460, height: 262, palette: LIGHT, fontFamily: FONTS, fontSize: 13 };

/**
 * One picture for a README: steps of every request on the left, their sum on the right. It is a card with its own
 * ground, so it can be read on any page; where the reader's system is dark, so is the card. Renderers that know no
 * media queries show the light one. No fonts, scripts or addresses from outside.
 */
export function renderHeroSvg(report: DemoReport): string {
  const { requests, totals } = report;
  const free = requests.filter((request) => request.steps === 0).length;
  const finding = `${plural(requests.length, "deletion request")}: ${plural(totals.steps, "step")} in all, where retraining takes ${countWords(totals.retrainSteps)}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" class="expunge-hero" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(finding)}" font-family="${FONTS}">
<title>${escapeHtml(finding)}</title>
<style>${darkRules()}</style>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="14" fill="${LIGHT.ground}" stroke="${LIGHT.line}"/>
<text x="32" y="46" font-size="22" font-weight="700" fill="${LIGHT.ink}">${escapeHtml(finding)}</text>
${key(report, free)}
<text x="32" y="128" font-size="14" font-weight="600" fill="${LIGHT.ink}">Steps for each request</text>
<text x="520" y="128" font-size="14" font-weight="600" fill="${LIGHT.ink}">Steps so far</text>
${placed(stepsPlot(report, FRAME), 18, 136)}
${placed(cumulativeStepsPlot(report, FRAME), 506, 136)}
<text x="268" y="418" font-size="13" text-anchor="middle" fill="${LIGHT.soft}">deletion request</text>
<text x="756" y="418" font-size="13" text-anchor="middle" fill="${LIGHT.soft}">deletion request</text>
</svg>
`;
  // A picture of its own has no text colour to inherit.
  return svg.replaceAll("currentColor", LIGHT.soft);
}

/** The plots carry literal colours, which a rule on the attribute can replace and every renderer can show. */
function darkRules(): string {
  const rules = (Object.keys(LIGHT) as (keyof Palette)[]).flatMap((name) =>
    (["fill", "stroke"] as const).map(
      (paint) => `.expunge-hero [${paint}="${LIGHT[name]}"]{${paint}:${DARK[name]}}`,
    ),
  );
  return `@media (prefers-color-scheme:dark){${rules.join("")}}`;
}

function key({ requests }: DemoReport, free: number): string {
  const { ours, ground, paper, retrain, soft } = LIGHT;
  const entries: [mark: string, words: string][] = [[`<circle cx="11" r="4.5" fill="${ours}"/>`, "Expunge"]];
  if (free > 0) {
    const ring = `<circle cx="11" r="4" fill="${ground}" stroke="${ours}" stroke-width="1.5"/>`;
    entries.push([ring, `no step needed (${countWords(free)})`]);
  }
  if (requests.some((request) => request.paperSteps !== null)) {
    entries.push([
      `<path d="M0 0H22" stroke="${paper}" stroke-width="2.25" stroke-dasharray="6,3"/>`,
      "paper’s accountant",
    ]);
  }
  entries.push([`<path d="M0 0H22" stroke="${retrain}" stroke-width="2.25"/>`, "retraining"]);
  let x = 32;
  return entries
    .map(([mark, words]) => {
      const entry = `<g transform="translate(${x},80)">${mark}<text x="30" y="5" font-size="14" fill="${soft}">${escapeHtml(words)}</text></g>`;
      // Letters of this size are about 7 wide: there is nothing here to measure them with.
      x += 30 + 7.2 * words.length + 26;
      return entry;
    })
    .join("\n");
}

/** A plot at its place; hidden from readers aloud, to whom the whole picture has been named. */
function placed(svg: string, x: number, y: number): string {
  return svg
    .replace("<svg ", `<svg x="${x}" y="${y}" aria-hidden="true" `)
    .replace(/<title>[^<]*<\/title>/, "");
}
