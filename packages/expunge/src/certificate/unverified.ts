import { fromAnyBase64, textFromUtf8 } from "../records/bytes.js";
import type { Statement } from "../records/certificate.js";
import { valueAt } from "./fields.js";

/**
 * What a certificate says, whoever signed it: to find something by, to show, or where it was verified before. Its bytes are read as `verify` reads them,
 * but not looked at: any field may be missing, or be anything.
 *
 * @param certificate a DSSE envelope, as an object or JSON text
 * @returns null where it says nothing
 */
export function unverifiedStatement(certificate: unknown): Statement | null {
  try {
    const envelope: unknown = typeof certificate === "string" ? JSON.parse(certificate) : certificate;
    const payload = valueAt(envelope, "payload");
    const bytes = typeof payload === "string" ? fromAnyBase64(payload) : null;
    const text = bytes && textFromUtf8(bytes);
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
