import { createHash } from "node:crypto";
import { ExpungeError } from "expunge";
import type { DeletionRequest } from "../requests/deletion-request.js";
import { Refusal } from "./refusal.js";

/*
 * Fides (ethyca/fides) tells a connector of strategy "callback" where to report the end of a request: a path of its own in `reply-to`, and
 * in `reply-to-token` what it wants to see there again.
 */

/** Where callbacks to Fides go. */
export interface FidesOptions {
  /** Address of Fides; `reply-to` headers are paths below it. */
  readonly url: string;
}

/** Kept with a request of Fides, so that its end is reported. */
export interface FidesEnvelope {
  readonly protocol: "fides";
}

/** What a request of Fides brings beside what is asked. */
export interface FidesRequest {
  readonly envelope: FidesEnvelope;
  readonly callback: NonNullable<DeletionRequest["callback"]>;
  readonly idempotencyKey?: string;
}

/**
 * What a request's headers say where it comes from Fides, else null. The idempotency key is that of a privacy request, which every connector of a
 * tenant sends: what is asked is part of it.
 *
 * @throws Refusal where a callback is asked for and cannot be made
 */
export function requestOfFides(
  headers: { readonly [name: string]: unknown },
  asked: object,
  fides: FidesOptions | undefined,
): FidesRequest | null {
  const replyTo = headers["reply-to"];
  const token = headers["reply-to-token"];
  if (replyTo === undefined && token === undefined) return null;
  // Taken without a word, the request would wait in Fides for ever.
  if (fides === undefined) throw new Refusal("Callbacks to Fides are not set up here; leave out reply-to.");
  if (typeof replyTo !== "string" || typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token))
    throw new Refusal("Expected both reply-to and reply-to-token.");
  replyAddress(fides.url, replyTo);
  const key = headers["idempotency-key"];
  const digest = createHash("sha256")
    .update(JSON.stringify([key, asked]))
    .digest("base64url");
  return {
    envelope: { protocol: "fides" },
    callback: { receiver: "fides", address: replyTo, token },
    ...(typeof key === "string" ? { idempotencyKey: `fides:${digest}` } : {}),
  };
}

/** Below the Fides that was set up, wherever the header points. @throws Refusal */
export function replyAddress(fidesUrl: string, replyTo: string): URL {
  if (!URL.canParse(fidesUrl))
    throw new ExpungeError("E_OPTION", "Expected fides.url to be an http or https address.");
  const base = new URL(fidesUrl);
  if (/^\/(?![/\\])/.test(replyTo) && URL.canParse(replyTo, base)) {
    const url = new URL(replyTo, base);
    if (url.origin === base.origin) return url;
  }
  throw new Refusal("Expected reply-to to be a path of Fides.");
}
