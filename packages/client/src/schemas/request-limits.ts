/** Rows or subjects of one request. */
export const MAX_NAMED = 200_000;

/** Characters of a subject's id. */
export const MAX_SUBJECT = 1000;

/** Subjects of one call for receipts. */
export const MAX_RECEIPTS = 10_000;

/** What a request may be called by: text without control characters. */
export const REFERENCE: RegExp = /^[^\p{Cc}\p{Cs}]{1,200}$/u;
/** Rows that one request may correct. */
export const MAX_CORRECTED: number = 1000;
