import type { Envelope, Statement } from "expunge/verify";
import type { CourseCase } from "./charts/course-case";

/** What an envelope holds, unchecked: for showing, never for trusting. */
export function readStatement(envelope: Envelope): Statement {
  return JSON.parse(new TextDecoder().decode(bytesOfBase64(envelope.payload))) as Statement;
}

/** The envelope with another statement in it, under the old signature. */
export function withStatement(envelope: Envelope, text: string): Envelope {
  const bytes = new TextEncoder().encode(text);
  return { ...envelope, payload: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) };
}

export function bytesOfBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function base64OfBytes(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The timeline that a certificate states. */
export function caseOf({ predicate }: Statement): CourseCase {
  const { process, request, data } = predicate;
  return {
    process: {
      ...process,
      rowCount: data.rowCount,
      deletion: request.deletion,
      radius: process.radius ?? Number.POSITIVE_INFINITY,
    },
    sigma: process.sigma,
    target: request.target,
    deleted: process.deleted,
    stepsBefore: process.stepsBefore,
    stepsAfter: process.stepsAfter,
  };
}
