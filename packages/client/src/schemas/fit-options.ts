import {
  DELETIONS,
  definitionOf,
  FEATURE_KINDS,
  FIT_OPTIONS,
  type FitOptionName,
  KERNELS,
  MAX_SEED_LENGTH,
  NOISE_KINDS,
  OBJECTIVE_KINDS,
  type ObjectiveKind,
  type ObjectiveSpec,
  type OptionEntry,
  type OptionRange,
  parametersOf,
  RELEASE_POINTS,
  REQUESTERS,
  sentencesOf,
  TUNED_ON,
} from "expunge/options";
import { z } from "zod";

/* What can be chosen, as expunge's own tables have it. They are small and bundled, so that this package needs zod alone. */

/** Any objective of the registry, with its parameters. */
export const Objective = z.discriminatedUnion("kind", objectives()) as unknown as z.ZodType<ObjectiveSpec>;

function objectives(): [z.ZodObject, ...z.ZodObject[]] {
  return OBJECTIVE_KINDS.map(objectiveOf) as [z.ZodObject, ...z.ZodObject[]];
}

function objectiveOf(kind: ObjectiveKind): z.ZodObject {
  const numbers = parametersOf(definitionOf(kind)).map(([name, parameter]) => {
    const number = numberIn(parameter);
    return [name, parameter.isOptional ? number.optional() : number];
  });
  return z.strictObject({ kind: z.literal(kind), ...Object.fromEntries(numbers) });
}

function numberIn({ integer, min, openMin, max, openMax }: OptionRange): z.ZodNumber {
  const number = integer ? z.number().int() : z.number();
  const from = openMin ? number.gt(min) : number.min(min);
  if (max === undefined) return from;
  return openMax ? from.lt(max) : from.max(max);
}

type NumberOption = {
  [Name in FitOptionName]: (typeof FIT_OPTIONS)[Name]["takes"] extends "number" | "integer" ? Name : never;
}[FitOptionName];

const describedBy = (name: FitOptionName): string =>
  sentencesOf(FIT_OPTIONS[name] as OptionEntry, (other) => other);

const described = <Schema extends z.ZodType>(name: FitOptionName, schema: Schema): z.ZodOptional<Schema> =>
  schema.optional().describe(describedBy(name));

/** @param most where a service takes no more than the library does */
function number(name: NumberOption, most?: number): z.ZodOptional<z.ZodNumber> {
  const option = FIT_OPTIONS[name];
  const schema = numberIn({ ...option, integer: option.takes === "integer" });
  return described(name, most === undefined ? schema : schema.max(most));
}

const ClassWeight = z.number().gt(0).max(1);

/** Options of `fit`, each with a default; seeds and the reference kernel are for experiments. */
export const FitOptions = z
  .strictObject({
    objective: described("objective", z.union([z.enum(OBJECTIVE_KINDS), Objective])),
    epsilon: number("epsilon"),
    delta: number("delta"),
    requesters: described("requesters", z.enum(REQUESTERS)),
    noise: described("noise", z.enum(NOISE_KINDS)),
    maxNoise: number("maxNoise"),
    adaptiveEpsilon: number("adaptiveEpsilon"),
    sigma: number("sigma"),
    unlearnSteps: number("unlearnSteps"),
    requests: number("requests", 10_000),
    rowsPerRequest: number("rowsPerRequest", 100_000),
    releaseAt: described("releaseAt", z.enum(RELEASE_POINTS)),
    batchSize: number("batchSize"),
    epochs: number("epochs", 10_000),
    l2: number("l2"),
    eta: number("eta"),
    clip: number("clip"),
    classWeights: described(
      "classWeights",
      z.union([
        z.literal("balanced"),
        z.array(ClassWeight).min(2).max(1000),
        z.record(z.string().max(1000), ClassWeight),
      ]),
    ),
    features: described("features", z.enum(FEATURE_KINDS)),
    featureCount: number("featureCount", 4096),
    featureBandwidth: number("featureBandwidth"),
    featureSeed: described("featureSeed", z.string().max(MAX_SEED_LENGTH)),
    radius: number("radius"),
    deletion: described("deletion", z.enum(DELETIONS)),
    maxSteps: number("maxSteps"),
    tunedOn: described("tunedOn", z.enum(TUNED_ON)),
    kernel: described("kernel", z.enum(KERNELS).exclude(["reference"])),
  })
  .meta({ id: "FitOptions" });
