import fc from "fast-check";

/** Properties are tried on the same examples every time, so that a run can be trusted to repeat; EXPUNGE_SEED=random (or a number) tries others. */
const asked = process.env.EXPUNGE_SEED;
if (asked !== "random") fc.configureGlobal({ seed: Number(asked ?? 20_261_123) });
