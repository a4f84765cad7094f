import {
  EvaluationInput,
  NewRequest,
  PredictionInput,
  PreviewInput,
  ReceiptsInput,
} from "@expunge/client/schemas";
import type { PredictionState } from "expunge/process";
import type { z } from "zod";
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

/** A field that is wrong, as Fastify has it. */
export interface BodyIssue {
  readonly instancePath: string;
  readonly message: string;
  /** Names of fields that nobody knows. */
  readonly params: { readonly keys?: readonly string[] };
}

/** A body that is not of the form that is expected; without issues one that is no JSON. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly issues: readonly BodyIssue[];

  constructor(issues: readonly BodyIssue[]) {
    super("The body is not of the form that is expected.");
    this.issues = issues;
  }
}

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

/** @returns the answer's JSON: whoever sends it on has nothing more to do @throws BodyError; as `predictRows` */
export function predictBody(model: PredictionState, bytes: Uint8Array): string {
  return JSON.stringify(predictRows(model, readBody("PredictionInput", bytes).rows));
}

/** @returns as `predictBody` @throws BodyError; as `evaluateRows` */
export function evaluateBody(model: PredictionState, bytes: Uint8Array): string {
  const { rows, labels } = readBody("EvaluationInput", bytes);
  return JSON.stringify(evaluateRows(model, rows, labels));
}
