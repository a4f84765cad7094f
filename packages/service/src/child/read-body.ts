import {
  EvaluationInput,
  NewRequest,
  PredictionInput,
  PreviewInput,
  ReceiptsInput,
} from "@expunge/client/schemas";
import type { Schema } from "expunge/data";
import type { PredictionState } from "expunge/process";
import type { z } from "zod";
import { BodyError } from "./body-error.js";
import { predictRecords } from "./predict-records.js";
import { evaluateRows, predictRows } from "./use-model.js";

/** Bodies that may be long. */
export const LONG_BODIES = {
  EvaluationInput,
  NewRequest,
  PredictionInput,
  PreviewInput,
  ReceiptsInput,
} as const;
type LongBodies = typeof LONG_BODIES;

const MAX_ISSUES = 20;

/** @throws BodyError */
export function readBody<N extends keyof LongBodies>(name: N, bytes: Uint8Array): z.output<LongBodies[N]> {
  const { data, error } = LONG_BODIES[name].safeParse(parseJson(bytes));
  if (error === undefined) return data as z.output<LongBodies[N]>;
  const issues = error.issues.slice(0, MAX_ISSUES).map(({ path, message, ...rest }) => ({
    instancePath: `/${path.join("/")}`,
    message,
    params: "keys" in rest ? { keys: rest.keys } : {},
  }));
  throw new BodyError(issues);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new BodyError([]);
  }
}

/**
 * @param schema of the data set that the model was trained on, by which rows by names are read
 * @returns the answer's JSON: whoever sends it on has nothing more to do
 * @throws BodyError; as `predictRows` and `predictRecords`
 */
export async function predictBody(
  model: PredictionState,
  bytes: Uint8Array,
  schema: Schema | null,
): Promise<string> {
  const { rows, records } = readBody("PredictionInput", bytes);
  return JSON.stringify(rows ? predictRows(model, rows) : await predictRecords(model, schema, records ?? []));
}

/** @returns as `predictBody` @throws BodyError; as `evaluateRows` */
export function evaluateBody(model: PredictionState, bytes: Uint8Array): string {
  const { rows, labels } = readBody("EvaluationInput", bytes);
  return JSON.stringify(evaluateRows(model, rows, labels));
}
