import { requireKnownKeys } from "../errors.js";
import type { InferOptions } from "./draft-schema.js";

const INFER_OPTIONS: Record<keyof InferOptions, true> = {
  label: true,
  subject: true,
  weight: true,
  task: true,
  columns: true,
  header: true,
  delimiter: true,
  encoding: true,
  comment: true,
  rows: true,
};

/** @throws ExpungeError E_OPTION naming an option of `inferSchema` that is unknown */
export function requireInferOptions(options: InferOptions): void {
  requireKnownKeys("the options of inferSchema", options, INFER_OPTIONS);
}
