import type { ErrorCode } from "../errors.js";

/** Exit code of the command for each error; 0 is success. docs/errors.md shows the same table, and a test keeps them equal. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  E_OPTION: 2,
  E_DOMAIN: 2,
  E_DATA: 3,
  E_SCHEMA: 3,
  E_ASSUMPTION: 4,
  E_INFEASIBLE: 5,
  E_UNKNOWN_SUBJECT: 6,
  E_SUPERSEDED: 7,
  E_LOCKED: 7,
  E_MODEL: 8,
  E_ERASE: 8,
  E_KEY: 9,
  E_CERTIFICATE: 10,
  E_LEDGER: 10,
  E_KERNEL: 11,
  E_WORKER: 11,
  E_DATABASE: 12,
  E_NOT_FOUND: 13,
  E_CONFLICT: 13,
  E_QUOTA: 13,
  E_ABORTED: 130,
};

/** `verify` found something wrong. */
export const EXIT_FALSE_CERTIFICATE = 1;
/** Anything that is not one of ours: a full disk, a bug. */
export const EXIT_UNEXPECTED = 70;

/** What each exit code says, for --help. */
export const EXIT_TEXTS: Readonly<Record<number, string>> = {
  0: "success",
  [EXIT_FALSE_CERTIFICATE]: "verify, audit: the certificate is false, or not about this model or subject",
  2: "a missing, unknown or impossible option",
  3: "bad data or schema",
  4: "an assumption of the theory would be broken",
  5: "the promise cannot be met within the allowed steps",
  6: "unknown subject or row",
  7: "another process is working on the model directory",
  8: "missing or damaged model directory",
  9: "missing or bad key",
  10: "a certificate or ledger file that cannot be read",
  11: "the compute kernel cannot run here",
  12: "the database cannot be reached, or is of another version",
  13: "there is no such thing, or its state does not allow it",
  [EXIT_UNEXPECTED]: "anything else: a full disk, a bug",
  130: "stopped by Ctrl-C; nothing was changed",
};
