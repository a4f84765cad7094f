import { Html, html } from "expunge/internal";

/** How a series is drawn, for the key above a plot. */
export type Swatch = "ours" | "free" | "ours-line" | "paper" | "retrain" | "level" | "bad";

const SHAPES: Readonly<Record<Swatch, string>> = {
  ours: '<circle cx="12" cy="6" r="4" fill="var(--ours)"/>',
  free: '<circle cx="12" cy="6" r="3.5" fill="var(--ground)" stroke="var(--ours)" stroke-width="1.5"/>',
  "ours-line": '<path d="M1 6H23" stroke="var(--ours)" stroke-width="2.25"/>',
  paper: '<path d="M1 6H23" stroke="var(--paper)" stroke-width="2" stroke-dasharray="6,3"/>',
  retrain: '<path d="M1 6H23" stroke="var(--retrain)" stroke-width="2"/>',
  level: '<path d="M1 6H23" stroke="var(--soft)" stroke-width="1.25" stroke-dasharray="5,4"/>',
  bad: '<path d="M8 2L16 10M16 2L8 10" stroke="var(--bad)" stroke-width="2"/>',
};

/** The key of a plot as a list. */
export function legend(entries: readonly (readonly [Swatch, string])[]): Html {
  return html`<ul class="key">${entries.map(
    ([swatch, words]) =>
      html`<li>${new Html(`<svg width="24" height="12" viewBox="0 0 24 12" aria-hidden="true" fill="none">${SHAPES[swatch]}</svg>`)}${words}</li>`,
  )}</ul>`;
}
