import { MAX_NAMED, MAX_SUBJECT, REFERENCE } from "@expunge/client/schemas";
import { ExpungeError } from "expunge";
import { canonicalJson } from "expunge/process";
import type { RequestKind } from "../database/tables.js";
import type { RowsToCome } from "../datasets/rows-to-come.js";
import type { Keyring } from "../keys/keyring.js";

export interface DeletionRequest {
  readonly datasetId: string;
  /** Ids as in the data's subject column, or row numbers from 0; one of the two. */
  readonly subjects?: readonly string[];
  readonly rows?: readonly number[];
  readonly unknown?: UnknownSubjects;
  readonly idempotencyKey?: string;
  /** By when it must be done; default a month from now (GDPR Art. 12(3)). */
  readonly dueAt?: Date;
  /** What you call the request by, such as a ticket's number: 1 to 200 characters. It names nobody. */
  readonly reference?: string;
  readonly envelope?: unknown;
  /** Who is to be told when it is completed; a repeated request may bring another. */
  readonly callback?: { readonly receiver: string; readonly address: string; readonly token: string };
  /** Rows that are to take the places of those named; left out where these are deleted. */
  readonly correction?: RowsToCome;
}

/**
 * What to do about subjects that nobody knows. Default "refuse": nobody is served. "skip" serves the others, and refuses where there are none.
 * "accept" takes even a request that names nobody who is known: it is completed at once, with no rows.
 */
export type UnknownSubjects = "refuse" | "skip" | "accept";
const ON_UNKNOWN: readonly string[] = ["refuse", "skip", "accept"] satisfies UnknownSubjects[];

/** By when a request must be done that does not say it: a month (GDPR Art. 12(3)). */
export const USUAL_DUE_HOURS: number = 30 * 24;

const FIRST_DUE = new Date("1970-01-01T00:00:00Z");
const LAST_DUE = new Date("9999-01-01T00:00:00Z");

/** @throws ExpungeError E_OPTION naming the field and its place, never an id */
export function requireShape(request: DeletionRequest): void {
  const { subjects, rows, unknown, idempotencyKey, dueAt, reference } = request;
  const named = subjects ?? rows;
  if ((subjects === undefined) === (rows === undefined) || !named || named.length === 0)
    throw bad("Expected `subjects` (ids) or `rows` (numbers), one of them, not empty.");
  if (named.length > MAX_NAMED)
    throw bad(`Expected at most ${MAX_NAMED} subjects or rows, found ${named.length}.`);
  if (unknown !== undefined && !(subjects && ON_UNKNOWN.includes(unknown)))
    throw bad('Expected unknown to be "refuse", "skip" or "accept", and to go with subjects.');
  const isText = (value: unknown): boolean =>
    typeof value === "string" && value !== "" && value.length <= MAX_SUBJECT;
  const isRow = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  const at = named.findIndex((value) => !(subjects ? isText(value) : isRow(value)));
  if (at >= 0 && subjects)
    throw bad(`Expected subjects[${at}] to be a text of 1 to ${MAX_SUBJECT} characters.`);
  if (at >= 0) throw bad(`Expected rows[${at}] to be a row number, from 0.`);
  if (idempotencyKey !== undefined && !(idempotencyKey.length >= 1 && idempotencyKey.length <= 200))
    throw bad("Expected an idempotency key of 1 to 200 characters.");
  // A database's times go further than a driver's way of writing them.
  if (dueAt !== undefined && !(dueAt >= FIRST_DUE && dueAt < LAST_DUE))
    throw bad("Expected dueAt to be a time of the years 1970 to 9998.");
  if (reference !== undefined && !REFERENCE.test(reference))
    throw bad("Expected reference to be 1 to 200 characters, without line breaks and the like.");
}

export function kindOf({ correction }: DeletionRequest): RequestKind {
  return correction === undefined ? "deletion" : "correction";
}

/** Keyed digest of what is asked, in its order. */
export function fingerprintOf(request: DeletionRequest, keyring: Keyring): Uint8Array {
  const { datasetId, subjects, rows, unknown = "refuse", correction } = request;
  const named = subjects ? { subjects } : { rows: rows ?? [] };
  const to = correction === undefined ? {} : { to: correction.digest };
  return Buffer.from(keyring.fingerprintOf(canonicalJson({ datasetId, ...named, unknown, ...to })), "hex");
}

function bad(message: string): ExpungeError {
  return new ExpungeError("E_OPTION", message);
}
