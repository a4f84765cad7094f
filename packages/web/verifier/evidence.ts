import { parseVerifierKey } from "expunge/ledger";
import { type Envelope, readPublicKey } from "expunge/verify";
import { bytesOfBase64 } from "../shared/bytes.js";
import { type GivenReceipt, receiptsInLines, receiptsOf } from "../shared/receipts.js";

/** A key with where it came from: that decides what a signature by it shows. */
export interface GivenKey {
  readonly key: Uint8Array;
  /** Whether it was fetched from the address of this page. */
  readonly isFetched: boolean;
}

/** Everything that was given, by what it is. */
export interface Evidence {
  readonly certificate: Envelope | null;
  readonly keys: readonly GivenKey[];
  readonly receipts: readonly GivenReceipt[];
  /** A .tlog-proof file. */
  readonly proof: string | null;
  readonly logKeys: readonly { readonly key: string; readonly isFetched: boolean }[];
  /** A file of weights. */
  readonly model: Uint8Array | null;
}

export const NOTHING: Evidence = {
  ...{ certificate: null, keys: [], receipts: [], proof: null, logKeys: [], model: null },
};

export interface Recognised {
  /** What it was taken for, in words. */
  readonly what: string;
  readonly found: Partial<Evidence>;
}

const PROOF_HEADER = "c2sp.org/tlog-proof@v1";

/** Weights are bytes: an eight-byte length, then JSON. */
export function recogniseFile(name: string, bytes: Uint8Array): Recognised {
  if (name.endsWith(".safetensors")) return { what: "a model’s weights", found: { model: bytes } };
  return recognise(new TextDecoder().decode(bytes));
}

/**
 * What a text is, by what stands in it.
 *
 * @param isFetched whether this page fetched it from its own address
 * @throws Error in plain words for what is none of it
 */
export function recognise(text: string, isFetched = false): Recognised {
  const trimmed = text.trim();
  if (trimmed.startsWith(PROOF_HEADER)) return { what: "a proof of the ledger", found: { proof: text } };
  if (trimmed.startsWith("{") || trimmed.startsWith("[")) return recogniseJson(trimmed, isFetched);
  if (trimmed.startsWith("-----BEGIN PUBLIC KEY") || /^[0-9a-f]{64}$/i.test(trimmed))
    return { what: "a public key", found: { keys: [{ key: readPublicKey(trimmed), isFetched }] } };
  if (/^[^+\s]+\+[0-9a-f]{8}\+\S+$/.test(trimmed)) {
    parseVerifierKey(trimmed);
    return { what: "a key of the ledger", found: { logKeys: [{ key: trimmed, isFetched }] } };
  }
  throw new Error(
    "This is none of what the page knows: a certificate, a receipt, a proof of the ledger, a key or a set of keys, a model’s weights.",
  );
}

interface Json {
  readonly [name: string]: unknown;
}

function recogniseJson(text: string, isFetched: boolean): Recognised {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    const receipts = receiptsInLines(text);
    if (receipts !== null) return asFound(receipts);
    throw new Error("This is no JSON: it is no certificate, receipt or set of keys, or was cut off.");
  }
  const inside = value.envelope as Json | undefined;
  for (const one of [value, inside])
    if (typeof one?.payload === "string" && Array.isArray(one.signatures))
      return { what: "a certificate", found: { certificate: one as unknown as Envelope } };
  if (Array.isArray(value.keys)) return ofKeys(value.keys, isFetched);
  const receipts = receiptsOf(value);
  if (receipts.length > 0) return asFound(receipts);
  throw new Error("This JSON is no certificate, receipt or set of keys.");
}

function asFound(receipts: readonly GivenReceipt[]): Recognised {
  return { what: receipts.length === 1 ? "a receipt" : `${receipts.length} receipts`, found: { receipts } };
}

function ofKeys(keys: readonly unknown[], isFetched: boolean): Recognised {
  if (keys.every((key) => typeof key === "string")) {
    for (const key of keys) parseVerifierKey(key);
    return { what: "the keys of the ledger", found: { logKeys: keys.map((key) => ({ key, isFetched })) } };
  }
  const found = keys.map((key) => ({ key: keyOfJwk(key as Json), isFetched }));
  return { what: "a set of public keys", found: { keys: found } };
}

function keyOfJwk({ x }: Json): Uint8Array {
  return readPublicKey(bytesOfBase64(String(x)));
}

/** What is given anew takes the place of what was there; keys are added. */
export function withFound(before: Evidence, found: Partial<Evidence>): Evidence {
  return {
    ...before,
    ...found,
    keys: [...(found.keys ?? []), ...before.keys],
    logKeys: [...(found.logKeys ?? []), ...before.logKeys],
  };
}
