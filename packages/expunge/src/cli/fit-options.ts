import { Option } from "commander";
import { OBJECTIVE_KINDS } from "../objective/index.js";
import { FIT_OPTION_NAMES, FIT_OPTIONS, type FitOptionName } from "../unlearner/fit-option-table.js";
import { requireFitOption } from "../unlearner/option-checks.js";
import { helpOf, type OptionEntry } from "../unlearner/option-entry.js";
import type { FitOptions } from "../unlearner/options.js";
import { classWeights, number, positiveInteger } from "./arguments.js";

/** What a command says otherwise than the table. */
interface Said {
  /** What it is where nobody says; null where the command says that elsewhere. */
  readonly usual?: string | null;
  readonly parse?: (text: string) => unknown;
  /** Behind the table's text. */
  readonly more?: string;
}

/** An option of `fit` as a command's, such as `--batch-size <b>`; ranges are `fit`'s to check. */
export function fitOption(name: FitOptionName, value: string, said?: Said): Option {
  return commandOption(name, value, FIT_OPTIONS[name], said);
}

/** As `fitOption`, of any table. */
export function commandOption(name: string, value: string, entry: OptionEntry, said: Said = {}): Option {
  const usual = said.usual === undefined ? entry.usual : (said.usual ?? undefined);
  const text = `${helpOf({ ...entry, usual }, flagOf)}${said.more ?? ""}`;
  const option = new Option(`${flagOf(name)} <${value}>`, text);
  if (entry.takes === "choice") return option.choices(Object.keys(entry.choices));
  if (entry.takes === "objective") return option.choices(OBJECTIVE_KINDS);
  const parse = said.parse ?? PARSERS[entry.takes];
  return parse === null ? option : option.argParser(parse);
}

const PARSERS = { number, integer: positiveInteger, classWeights, text: null } as const;

/** Those of a command's options that `fit` takes. */
export function fitOptionsFrom(options: Readonly<Record<string, unknown>>): FitOptions {
  return Object.fromEntries(
    FIT_OPTION_NAMES.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  ) as unknown as FitOptions;
}

/** What is out of range needs no data to be refused: a large table is not read first. @throws ExpungeError E_OPTION, as `fit` */
export function requireFitRanges(options: FitOptions): void {
  for (const name of FIT_OPTION_NAMES) if (options[name] !== undefined) requireFitOption(name, options[name]);
}

/** batchSize -> --batch-size */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
