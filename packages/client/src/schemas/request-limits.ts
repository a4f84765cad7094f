/** Rows or subjects of one request. */
export const MOST_NAMED = 200_000;

/** Subjects of one call for receipts. */
export const MOST_RECEIPTS = 10_000;
