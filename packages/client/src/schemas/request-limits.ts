/** Rows or subjects of one request. */
export const MAX_NAMED = 200_000;

/** Subjects of one call for receipts. */
export const MAX_RECEIPTS = 10_000;
