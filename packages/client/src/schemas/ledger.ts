import { z } from "zod";

export const ConsistencyQuery = z.strictObject({
  from: z.coerce.number().int().min(0).describe("Size of the checkpoint that you kept."),
  to: z.coerce.number().int().min(0).describe("Size of the later one."),
});

export const Consistency = z
  .object({ from: z.number(), to: z.number(), hashes: z.array(z.string()).describe("Base64.") })
  .meta({ id: "Consistency" });

export const KeySet = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal("OKP"),
        crv: z.literal("Ed25519"),
        use: z.literal("sig"),
        kid: z.string(),
        x: z.string(),
        iat: z.number(),
        exp: z.number().optional(),
      }),
    ),
  })
  .meta({ id: "KeySet", description: "RFC 7517: keys of certificates, retired ones too." });

export const LogKeys = z
  .object({
    origin: z.string().describe("Name of the log."),
    keys: z
      .array(z.string())
      .describe("Verifier keys, name+hash+base64 (C2SP signed-note), the newest first; earlier ones stay."),
  })
  .meta({ id: "LogKeys" });

/** A proof that a ledger of one size is the beginning of a later one (RFC 9162, section 2.1.4). */
export interface Consistency extends z.output<typeof Consistency> {}
/** The public keys of certificates as a JSON Web Key Set (RFC 7517), retired keys included. */
export interface KeySet extends z.output<typeof KeySet> {}
/** The keys by which checkpoints of the log are checked, as the service itself tells them: compare with a copy from elsewhere. */
export interface LogKeys extends z.output<typeof LogKeys> {}
