import { openEnvelope } from "../certificate/open-envelope.js";
import { readPublicKey, type Verification, type VerifyOptions, verify } from "../certificate/verify-index.js";
import { reasonOf } from "../data/read-bytes.js";
import { ExpungeError } from "../errors.js";
import { sha256Hex } from "../records/bytes.js";
import { defaultKeyPath } from "../store/signing-key.js";
import { decodeFile } from "./arguments.js";

/** A key of the issuer, and from when to when it signed, in ms of Unix time. */
export interface IssuerKey {
  readonly publicKey: Uint8Array | string;
  readonly from: number;
  readonly until: number;
}

/** Clocks differ, and work begun under a key may end after it was retired. */
const VALIDITY_LEEWAY_MS = 24 * 3600 * 1000;

/** A key itself, or those of a key set, oldest first. @throws ExpungeError E_KEY */
export function issuerKeysIn(keyText: string): readonly IssuerKey[] {
  if (!keyText.trimStart().startsWith("{"))
    return [{ publicKey: keyText, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }];
  const keys = readKeySet(keyText);
  if (keys.length === 0) throw new ExpungeError("E_KEY", "The key set holds no Ed25519 key.");
  return keys;
}

/** The key that a certificate names, or the newest, whose signature it then lacks. */
export function issuerOf(certificate: string, keys: readonly IssuerKey[]): IssuerKey {
  // By the keys themselves, not by the ids that a set gives them.
  const ids = keyIdsOf(certificate);
  const newest = keys.at(-1) as IssuerKey;
  if (keys.length === 1) return newest;
  return keys.find(({ publicKey }) => ids.includes(sha256Hex(readPublicKey(publicKey)))) ?? newest;
}

/** Whether one of the keys signed a certificate, at a time when it did sign. @throws ExpungeError E_KEY */
export function isIssuedBy(certificate: string, keys: readonly IssuerKey[]): boolean {
  return keys.some((key) => {
    const { statement } = openEnvelope(certificate, [readPublicKey(key.publicKey)]);
    return isSigningAt(key, Date.parse(String(statement?.predicate?.issuedAt)));
  });
}

function isSigningAt({ from, until }: IssuerKey, time: number): boolean {
  return time >= from - VALIDITY_LEEWAY_MS && time <= until + VALIDITY_LEEWAY_MS;
}

/** None where it is no certificate: that is for verify to say. */
function keyIdsOf(certificate: string): unknown[] {
  try {
    const { signatures } = JSON.parse(certificate) as { signatures: { keyid: unknown }[] };
    return signatures.map(({ keyid }) => keyid);
  } catch {
    return [];
  }
}

/** Ed25519 keys of a JSON Web Key Set (RFC 7517, RFC 8037); others are passed over. @throws ExpungeError E_KEY */
function readKeySet(text: string): (IssuerKey & { readonly publicKey: Uint8Array })[] {
  try {
    const { keys } = JSON.parse(text) as { keys: Readonly<Record<string, unknown>>[] | undefined };
    if (!Array.isArray(keys)) throw new Error("it has no list `keys`.");
    return keys
      .filter(({ kty, crv, x }) => kty === "OKP" && crv === "Ed25519" && typeof x === "string")
      .map(({ x, iat, exp }) => ({
        publicKey: readPublicKey(new Uint8Array(Buffer.from(x as string, "base64url"))),
        from: typeof iat === "number" ? 1000 * iat : Number.NEGATIVE_INFINITY,
        until: typeof exp === "number" ? 1000 * exp : Number.POSITIVE_INFINITY,
      }));
  } catch (error) {
    throw new ExpungeError("E_KEY", `Expected a JSON Web Key Set: ${(error as Error).message}`);
  }
}

/**
 * What `verify` says, and whether the key signed at that time.
 *
 * @param key  that the certificate must be signed with
 * @param keys of its issuer, that the others of `chain` may be signed with
 */
export function verifyWith(
  certificate: string,
  key: IssuerKey,
  keys: readonly IssuerKey[],
  options: Omit<VerifyOptions, "publicKey">,
): Verification {
  const { publicKey, from, until } = key;
  const isSigned = openEnvelope(certificate, [readPublicKey(publicKey)]).issue === null;
  const others = isSigned ? keys.map((one) => one.publicKey) : [];
  const verification = verify(certificate, { ...options, publicKey: [publicKey, ...others] });
  const issuedAt = verification.statement?.predicate?.issuedAt;
  const time = Date.parse(String(issuedAt));
  const isValid = isSigningAt(key, time);
  // A date that is none is an issue already.
  if (isValid || Number.isNaN(time)) return verification;
  const expected = `while the key signed: ${dateOf(from)} to ${dateOf(until)}`;
  const issue = { code: "KEY_VALIDITY", path: "predicate.issuedAt", expected, actual: issuedAt };
  return { ...verification, ok: false, notes: [], issues: [...verification.issues, issue] };
}

function dateOf(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : "now";
}

/** @throws ExpungeError E_KEY */
export async function readPublicKeyFile(given: string | undefined): Promise<string> {
  const path = given ?? `${defaultKeyPath()}.pub`;
  return decodeFile(path).catch((error: NodeJS.ErrnoException) => {
    if (/^[0-9a-f]{64}$/i.test(path)) return path;
    const hint =
      given === undefined
        ? " This user has signed nothing yet: give the issuer's with --public-key FILE."
        : "";
    throw new ExpungeError("E_KEY", `Cannot read the public key ${path}: ${reasonOf(error)}.${hint}`);
  });
}
