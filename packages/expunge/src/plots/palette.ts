/** The colours of a picture, by what they stand for. */
export interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  /** The ground, which hollow marks are filled with. */
  readonly ground: string;
  readonly ours: string;
  readonly paper: string;
  readonly retrain: string;
  readonly bad: string;
}

/** Text has a contrast of at least 4.5 on the ground, marks of at least 3; the three series differ in lightness too. */
export const LIGHT: Palette = Object.freeze({
  ink: "#1b1d21",
  soft: "#565c67",
  line: "#e2e3df",
  ground: "#ffffff",
  ours: "#0b7468",
  paper: "#b3560c",
  retrain: "#757c89",
  bad: "#b42318",
});

export const DARK: Palette = Object.freeze({
  ink: "#e9ebee",
  soft: "#a4abb7",
  line: "#30353d",
  ground: "#1a1d22",
  ours: "#4fd0b8",
  paper: "#f2a654",
  retrain: "#8b94a3",
  bad: "#ff8f80",
});

/** Colours that follow the page's style sheet, and so its light or dark scheme. */
export const PAGE: Palette = Object.freeze(
  Object.fromEntries(Object.keys(LIGHT).map((name) => [name, `var(--${name})`])) as unknown as Palette,
);

/** The declarations that give PAGE its colours. */
export function paletteVariables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");
}
