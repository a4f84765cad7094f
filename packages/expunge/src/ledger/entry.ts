import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Issue } from "../certificate/issue.js";
import { DomainError } from "../errors.js";
import { jsonDigest, randomBytes, textFromUtf8 } from "../records/bytes.js";
import { canonicalJson } from "../records/canonical-json.js";
import type { Envelope } from "../records/certificate.js";
import { ledgerError } from "./ledger-error.js";

/*
 * What stands in the ledger, for all to read and for ever. So nothing in it may be guessed at: ids are random, and every digest is
 * over something that holds at least 122 random bits (a certificate: its id; a model: its noise) or is keyed by a secret salt.
 * Whoever may know what an entry is about has the salt or the certificate; once these are erased the entry says nothing.
 */

interface EntryBase {
  readonly version: 1;
  /** UTC to the second: finer would help to match an entry with other logs. */
  readonly time: string;
  /** Random UUID (version 4), drawn for this request alone. */
  readonly requestId: string;
  /** Random UUID (version 4), drawn for the ledger: not the name of a model or a tenant. */
  readonly modelId: string;
}

/** Someone asked to be forgotten. */
export interface RequestEntry extends EntryBase {
  readonly kind: "request";
  /** `commitTo` what was asked, under a salt of its own that only requester and operator have. */
  readonly commitment: string;
}

/** The request was carried out. Where one certificate answers several requests, each has an entry with the same digests. */
export interface CertificateEntry extends EntryBase {
  readonly kind: "certificate";
  /** `certificateDigest` of the envelope. */
  readonly certificateDigest: string;
  /** Hex sha256 of the weights files, as in the certificate: its modelBefore, and its one subject. */
  readonly modelBefore: string;
  readonly modelAfter: string;
}

/** The request was taken back before it was carried out. */
export interface CancelledEntry extends EntryBase {
  readonly kind: "cancelled";
}

/** An entry of the ledger: a request accepted, a certificate issued, or a request cancelled. */
export type LedgerEntry = RequestEntry | CertificateEntry | CancelledEntry;

interface FieldShape {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

const UUID: FieldShape = {
  expected: "a random UUID (version 4) in lower case",
  fits: (value) => matches(value, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
};
const DIGEST: FieldShape = {
  expected: "64 lower-case hex digits",
  fits: (value) => matches(value, /^[0-9a-f]{64}$/),
};
const TIME: FieldShape = { expected: "a UTC time such as 2026-01-31T12:00:00Z", fits: isUtcSecond };
const KIND: FieldShape = {
  expected: "request, certificate or cancelled",
  fits: (value) => typeof value === "string" && Object.hasOwn(FIELDS_OF_KIND, value),
};
const BASE_FIELDS: Readonly<Record<string, FieldShape>> = {
  version: { expected: "1", fits: (value) => value === 1 },
  kind: KIND,
  time: TIME,
  requestId: UUID,
  modelId: UUID,
};
const FIELDS_OF_KIND: Readonly<Record<LedgerEntry["kind"], Readonly<Record<string, FieldShape>>>> = {
  request: { commitment: DIGEST },
  certificate: { certificateDigest: DIGEST, modelBefore: DIGEST, modelAfter: DIGEST },
  cancelled: {},
};

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

/** A date that the calendar has: the text survives a round trip. */
function isUtcSecond(value: unknown): boolean {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) return false;
  const ms = Date.parse(value);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === value.replace("Z", ".000Z");
}

/** All that is wrong with the shape of an entry: missing, malformed and unknown fields. */
export function checkEntry(value: unknown): Issue[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [{ code: "LEDGER_ENTRY", path: "entry", expected: "an object", actual: value }];
  const entry = value as Readonly<Record<string, unknown>>;
  const special = KIND.fits(entry.kind) ? FIELDS_OF_KIND[entry.kind as LedgerEntry["kind"]] : {};
  const shapes: Readonly<Record<string, FieldShape>> = { ...BASE_FIELDS, ...special };
  const misfits = Object.entries(shapes).filter(
    ([key, { fits }]) => !Object.hasOwn(entry, key) || !fits(entry[key]),
  );
  const strangers = Object.keys(entry).filter((key) => !Object.hasOwn(shapes, key));
  return [
    ...misfits.map(([key, { expected }]) => entryIssue(key, expected, entry[key])),
    ...strangers.map((key) => entryIssue(key, "no such field", entry[key])),
  ];
}

function entryIssue(key: string, expected: string, actual: unknown): Issue {
  return { code: "LEDGER_ENTRY", path: `entry.${key}`, expected, actual };
}

/** The bytes of an entry, which are hashed into the tree: UTF-8 of its canonical JSON. @throws ExpungeError E_LEDGER */
export function encodeEntry(entry: LedgerEntry): Uint8Array {
  assertEntry(entry);
  return utf8ToBytes(canonicalJson(entry));
}

/** Reads an entry; bytes that `encodeEntry` would not have written are refused. @throws ExpungeError E_LEDGER */
export function decodeEntry(bytes: Uint8Array): LedgerEntry {
  const text = textFromUtf8(bytes);
  const value = text === null ? null : parseOrNull(text);
  assertEntry(value);
  if (canonicalJson(value) !== text) throw ledgerError("Expected an entry in canonical JSON.");
  return Object.freeze(value);
}

function assertEntry(value: unknown): asserts value is LedgerEntry {
  const [issue] = checkEntry(value);
  if (issue === undefined) return;
  const { path, expected, actual } = issue;
  throw ledgerError(`Expected ${path} = ${JSON.stringify(actual)} to be ${expected}.`, { path, expected });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Hex sha256 of an envelope's canonical JSON, so that white space and the order of keys do not matter. */
export function certificateDigest(envelope: Envelope): string {
  return jsonDigest(envelope);
}

/** Time of an entry, cut to the second. @throws RangeError for an invalid date */
export function entryTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/**
 * What a service commits to when it takes a request in; order and repetitions do not matter. Of a correction: that it is one, and what it replaces, not the new
 * values.
 */
export function commitToRequest(
  {
    datasetId,
    subjects,
    rows,
    kind = "deletion",
  }: {
    readonly datasetId: string;
    readonly subjects?: readonly string[];
    readonly rows?: readonly number[];
    /** Default deletion. */
    readonly kind?: "deletion" | "correction";
  },
  salt: string,
): string {
  const named = subjects
    ? { subjects: [...new Set(subjects)].sort() }
    : { rows: [...new Set(rows)].sort((a, b) => a - b) };
  // Nothing more for deletions, whose commitments stand in ledgers already.
  return commitTo({ datasetId, ...named, ...(kind === "correction" ? { kind } : {}) }, salt);
}

/** A salt for `commitTo`: 64 hex digits, 256 random bits. One for each request, or equal requests would show. */
export function createSalt(): string {
  return bytesToHex(randomBytes(32));
}

/**
 * HMAC-SHA256(salt, canonical JSON of the value), in hex: binds the operator to the request, hides it without the salt, however few
 * the values that it could be.
 *
 * Source: RFC 2104; a commitment as long as SHA-256 resists collisions and HMAC is a PRF.
 *
 * @param salt  64 lower-case hex digits, of `createSalt`
 * @throws RangeError E_DOMAIN; TypeError for what JSON cannot hold
 */
export function commitTo(value: unknown, salt: string): string {
  if (!DIGEST.fits(salt)) throw new DomainError("salt", salt, "of 64 lower-case hex digits");
  return bytesToHex(hmac(sha256, hexToBytes(salt), utf8ToBytes(canonicalJson(value))));
}
