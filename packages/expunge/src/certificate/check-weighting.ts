import type { UnlearningPredicate } from "../records/certificate.js";
import type { Issue } from "./issue.js";

/* That the weights of records, where a certificate has them, are such as the theory allows; each of them is in (0, 1] by its shape. */

export function checkWeighting({ process, data }: UnlearningPredicate): Issue[] {
  const { weighting, outputCount } = process;
  if (weighting === undefined) return [];
  const { classes, isBalanced, samples } = weighting;
  const issue = (field: string, expected: string, actual: unknown): Issue[] => [
    { code: "WEIGHTING_FALSE", path: `predicate.process.weighting.${field}`, expected, actual },
  ];
  if (classes === null) {
    if (isBalanced) return issue("isBalanced", "false: there are no class weights", isBalanced);
    return samples ? [] : issue("samples", "true: there are no class weights", samples);
  }
  const expected = { binary: 2, multiclass: outputCount, regression: 0 }[data.task];
  if (classes.length !== expected || expected === 0)
    return issue("classes", expected === 0 ? "null" : `${expected} weights, one a label`, classes);
  if (isBalanced && !classes.includes(1)) return issue("classes", "1 for the rarest class", classes);
  return [];
}
