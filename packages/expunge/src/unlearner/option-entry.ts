import type { NumberRange } from "../math/number-range.js";

/* What is said of an option, once, and how it is said in documentation and in a command's help. */

/** Numbers that an option may have. */
export interface OptionRange extends NumberRange {
  readonly min: number;
}

/** What an option may be. */
export type OptionValue =
  | ({ readonly takes: "number" } & OptionRange)
  | ({ readonly takes: "integer" } & OptionRange)
  /** A name; beside each, what it means. */
  | { readonly takes: "choice"; readonly choices: Readonly<Record<string, string>> }
  | { readonly takes: "text" | "objective" | "classWeights" };

/** What is said of an option, once. */
export type OptionEntry = OptionValue & {
  /** What it is; `{name}` is another option, which is spelt differently in commands. */
  readonly text: string;
  /** What it is where nobody says: a value, or how it is found. */
  readonly usual?: string | number | undefined;
  /** With which noise or features, or against whom, it has a meaning; left out where it always has. */
  readonly only?: keyof typeof ONLY;
  /** More sentences, for documentation alone. */
  readonly note?: string;
};

const ONLY = {
  "on-release": "Noise on release only.",
  "every-step": "Noise at every step only.",
  adaptive: "Adaptive requesters only.",
  mapped: "Features other than linear only.",
  fourier: "Fourier features only.",
} as const;

/** Another option's name as it is written where the text is read. */
export type Spell = (name: string) => string;

/** An option in documentation: "Epochs of learning; default by the number of rows." */
export function sentencesOf(option: OptionEntry, spell: Spell): string {
  const text = textOf(option, spell, (name) => `"${name}"`);
  const note = option.note === undefined ? "" : ` ${spelt(option.note, spell)}`;
  const only = option.only === undefined ? "" : ` ${ONLY[option.only]}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.${note}${only}`;
}

/** An option in a command's help: "every-step: requests to plan for; default 100". */
export function helpOf(option: OptionEntry, spell: Spell): string {
  const text = textOf(option, spell, (name) => name);
  return option.only === undefined ? text : `${option.only}: ${text}`;
}

function textOf(option: OptionEntry, spell: Spell, quote: (name: string) => string): string {
  const text = spelt(option.text, spell);
  const choices = option.takes === "choice" ? `: ${choicesText(option.choices, quote)}` : "";
  const usual = option.usual === undefined ? "" : `; default ${usualText(option.usual, spell)}`;
  return `${text}${choices}${usual}`;
}

/** "a (first), b (second) or c (third)" */
function choicesText(choices: Readonly<Record<string, string>>, quote: (name: string) => string): string {
  const parts = Object.entries(choices).map(([name, words]) => `${quote(name)} (${words})`);
  return `${parts.slice(0, -1).join(", ")} or ${parts.at(-1)}`;
}

function spelt(text: string, spell: Spell): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => spell(name));
}

/** 1e-5 and 1e11 rather than their zeros. */
function usualText(usual: string | number, spell: Spell): string {
  if (typeof usual === "string") return spelt(usual, spell);
  return usual >= 1e-3 && usual < 1e6 ? String(usual) : usual.toExponential().replace("+", "");
}
