/*
 * How long a statement may take, by what asks it. A database that hangs, or that a cut network hides, holds up nobody for ever: PostgreSQL ends the
 * statement when its time is up, and where not even that is heard the connection is given up a little later.
 */

/** "usual": what is asked often. "large": what one caller's request or data set decides. "long": what all rows of a database decide. */
export type WorkKind = "usual" | "large" | "long";

/** Milliseconds of a statement, with what it waits for. */
export type TimeLimits = Readonly<Record<WorkKind, number>>;

export const TIME_LIMITS: TimeLimits = { usual: 60_000, large: 600_000, long: 6 * 3_600_000 };

/** How long its answer is waited for: a little longer than it may take. */
export const answerMs = (limitMs: number): number => 1.1 * limitMs;
