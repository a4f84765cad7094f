import type { Method } from "./figures";

export const LABELS: Readonly<Record<Method, string>> = {
  expunge: "Expunge",
  paper: "The paper’s accountant",
  descent: "Descent-to-Delete",
  langevin: "Langevin unlearning",
  retraining: "Retraining",
};

/** Colours are told apart by dashes too, for those who do not see them. */
const STYLES: Readonly<Record<Method, readonly [colour: string, dash: string]>> = {
  expunge: ["var(--ours)", ""],
  paper: ["var(--paper)", "7,3"],
  descent: ["var(--descent)", "2,3"],
  langevin: ["var(--langevin)", "9,3,2,3"],
  retraining: ["var(--retrain)", ""],
};

export function colourOf(method: Method): string {
  return STYLES[method][0];
}

export function dashOf(method: Method): string {
  return STYLES[method][1];
}

export function Swatch({ method }: { readonly method: Method }) {
  return (
    <svg class="swatch" width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
      <path
        d="M1 5H25"
        class={`stroke-${method}`}
        fill="none"
        stroke-width="2.5"
        stroke-dasharray={dashOf(method)}
      />
    </svg>
  );
}
