/** What classes are called in files for other software: numbers where all names are whole numbers, else texts. */
export type ClassLabels = BigInt64Array | readonly string[];

const INT64 = 2n ** 63n;

/**
 * Labels of classes as the data had them, in the order given. "007" stays a text: as a number it would lose its zeros.
 *
 * @param names [negative, positive], or by class number
 */
export function classLabels(names: readonly string[]): ClassLabels {
  if (!names.every((name) => /^[-+]?(0|[1-9]\d*)$/.test(name))) return names;
  // BigInt takes no plus sign.
  const numbers = names.map((name) => BigInt(name.replace("+", "")));
  const areDistinct = new Set(numbers).size === names.length;
  const fit = numbers.every((number) => number >= -INT64 && number < INT64);
  return areDistinct && fit ? BigInt64Array.from(numbers) : names;
}

/** Labels of rows, each one of `names`, as an array of the type of `classLabels(names)`. */
export function classColumn(names: readonly string[], labels: readonly string[]): ClassLabels {
  const classes = classLabels(names);
  if (!(classes instanceof BigInt64Array)) return labels;
  const numbers = new Map(names.map((name, i) => [name, classes[i]]));
  return BigInt64Array.from(labels, (label) => numbers.get(label) as bigint);
}
