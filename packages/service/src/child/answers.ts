import { makeTrainingPlan } from "expunge";
import { planOnRelease, planUnlearning } from "expunge/accounting";
import { parseSchema } from "expunge/data";
import { claimsAt } from "./model-claims.js";
import { evaluateBody, predictBody, readBody } from "./read-body.js";
import { nextChunk, oddCellNotes, openUpload } from "./upload-reader.js";

/** What a child can be asked. */
export const ANSWERS = {
  makeTrainingPlan,
  planUnlearning,
  planOnRelease,
  claimsAt,
  readBody,
  predictBody,
  evaluateBody,
  parseSchema: (text: string) => parseSchema(text),
  openUpload,
  nextChunk,
  oddCellNotes,
} as const;

export type Answers = typeof ANSWERS;
