import type { Holds } from "expunge/verify";
import { boundWords, isUsefulBound, numberWords } from "./numbers.js";

/** For whose requests it is. */
export const AGAINST: Readonly<Record<Holds["against"], string>> = {
  independent: "for requests that do not depend on what the model showed",
  adaptive: "whoever asked, also after seeing releases",
};

/** "epsilon 0.98, delta 10⁻⁵, for requests that ..."; of a bound of no use it is said that it hides nobody. */
export function holdsWords({ epsilon, delta, against }: Holds): string {
  const figures = `epsilon ${boundWords(epsilon)}, delta ${numberWords(delta)}`;
  return `${figures}${isUsefulBound(epsilon) ? "" : " only, which hides nobody"}, ${AGAINST[against]}`;
}
