import { type ExpungeError, optionError, requireKnownKeys, wordedError } from "../errors.js";
import { intervalText, isInRange } from "../math/number-range.js";
import type { Objective } from "../objective/objective.js";
import { FIT_OPTION_NAMES, FIT_OPTIONS, type FitOptionName } from "./fit-option-table.js";
import type { OptionEntry, OptionRange } from "./option-entry.js";

const KNOWN_FIT_OPTIONS = namesAsKeys(FIT_OPTION_NAMES);

/** @throws ExpungeError E_OPTION naming an option that `fit` does not know */
export function requireKnownFitOptions(options: unknown): void {
  requireKnownKeys("the options of fit", options, KNOWN_FIT_OPTIONS);
}

/** Names as `requireKnownKeys` takes them. */
export function namesAsKeys(names: readonly string[]): Readonly<Record<string, true>> {
  return Object.fromEntries(names.map((name) => [name, true]));
}

/** @throws ExpungeError E_OPTION where a value is not one that an option of `fit` takes */
export function requireFitOption(name: FitOptionName, value: unknown): void {
  requireOption(name, FIT_OPTIONS[name], value);
}

/** @throws ExpungeError E_OPTION where a value is not one that the option takes */
export function requireOption(name: string, option: OptionEntry, value: unknown): void {
  if (option.takes === "integer") requirePositiveInteger(name, value as number);
  if (option.takes === "choice") requireChoice(name, value as string, Object.keys(option.choices));
  if (option.takes === "number") requireWithin(name, value as number, option);
}

function requireWithin(name: string, value: number, range: OptionRange): void {
  if (isInRange(value, range)) return;
  throw optionError(name, value, `in ${intervalText(range)}`);
}

/** Options that were given, and have a meaning only where another one has a value. */
export function onlyWith(names: readonly string[], name: string, value: string): ExpungeError {
  return wordedError(
    "E_OPTION",
    ({ field, setting }) =>
      `${names.map((given) => field(given)).join(", ")}: only with ${setting(name, value)}.`,
  );
}

/** @throws ExpungeError E_OPTION */
export function requirePositiveInteger(field: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw optionError(field, value, "to be an integer of at least 1");
}

/** @throws ExpungeError E_OPTION */
function requireChoice(field: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw optionError(field, value, `to be one of ${choices.join(", ")}`);
}

/** M: the bound on one record's gradient that a clip makes of the objective's own. @throws ExpungeError E_OPTION, E_ASSUMPTION */
export function lipschitzFor(objective: Objective, clip: number | undefined): number {
  if (clip === undefined || clip === objective.lipschitz) return objective.lipschitz;
  if (!(clip > 0)) throw optionError("clip", clip, `in (0, ${objective.lipschitz}]`);
  if (clip > objective.lipschitz) return objective.lipschitz;
  if (objective.clippable) return clip;
  throw wordedError(
    "E_ASSUMPTION",
    (words) =>
      `Expected ${words.field("clip")} = ${clip} to be at least ${objective.lipschitz} for ${objective.spec.kind}: a shorter clip is not the gradient of a convex function.`,
  );
}
