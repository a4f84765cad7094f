import { REQUESTERS } from "expunge/options";
import { z } from "zod";

/** RFC 3339, UTC. */
export const TimeText = z.string().meta({ format: "date-time", description: "RFC 3339, UTC." });

const TIME = z.regexes.datetime({ offset: true });

/** A time that somebody gives (RFC 3339): any offset; its letters may be small, and are large from here on. */
export const GivenTime = z
  .string()
  .toUpperCase()
  .refine((text) => TIME.test(text), "Expected a time by RFC 3339.")
  .meta({ format: "date-time" });

/** Text that every database takes: no zero bytes. */
export const plainText = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !text.includes("\0"), "Expected no zero bytes.");

/** An id in a path. What could not be one is not found, as one that is not there is. */
export const IdParams = z.strictObject({ id: z.string().max(100) });

export const PageQuery = z.strictObject({
  after: z.string().max(400).optional().describe("What the page before said is next."),
  limit: z.coerce.number().int().min(1).max(200).optional().describe("Default 50."),
});

/** A page of a list, newest first. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable().describe("null at the end.") });

/** A number that may be infinite, which JSON has not: then null. */
export const NumberOrInfinity = z.number().nullable().describe("null where it is infinite.");

export const ProofView = z
  .object({ mu: NumberOrInfinity, epsilon: NumberOrInfinity, delta: z.number() })
  .meta({ id: "Proof", description: "What is proved, epsilon in nats." });

/** Of everything released so far together, for any so many records. */
export const DisclosureView = z.object({
  records: z.number().int(),
  mu: NumberOrInfinity,
  epsilon: NumberOrInfinity,
  delta: z.number(),
});

export const HoldsView = z
  .object({ epsilon: z.number(), delta: z.number(), against: z.enum(REQUESTERS) })
  .meta({
    id: "Holds",
    description:
      "What a certificate proves, and against whom: people whose requests do not depend on what the model's releases show, or anybody.",
  });

/** Beside `holds`. */
export const Meaning = z.string().describe("One plain sentence: what holds means, or why it is null.");

/** RFC 9457. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().describe("Stable; docs/errors.md."),
    requestId: z.string().describe("Names this answer in the server's log."),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457. Never holds the id of a subject." });

/** What the API answers where it refuses or fails (RFC 9457); `code` is one of docs/errors.md. */
export interface Problem extends z.output<typeof Problem> {}
/** What is proved: mu, and epsilon in nats at delta; null where it is infinite. */
export interface ProofView extends z.output<typeof ProofView> {}
/** Which page of a list, and how long it is. */
export interface PageQuery extends z.output<typeof PageQuery> {}
