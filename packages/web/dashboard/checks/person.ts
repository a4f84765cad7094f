import type { Envelope, SubjectEvidence } from "expunge/verify";
import { peopleIn, receiptFor, receiptsIn } from "../../shared/receipts.js";

/**
 * The person whom a certificate is checked for: the id that was typed, else the one whom all receipts name, with the receipt of those given that
 * leads to the certificate. Receipts come as the public check takes them: one, a file of lines, a service's answer, or a salt alone.
 *
 * @returns null where nobody is asked about
 * @throws for half of it, and for text that is no receipt
 */
export function personOf(
  envelope: Envelope,
  { id, receipt }: { id: string; receipt: string },
): SubjectEvidence | null {
  if (id === "" && receipt.trim() === "") return null;
  if (receipt.trim() === "")
    throw fault("Give the person’s receipt, too: without its salt nobody can tell whether they are meant.");
  const receipts = receiptsOrFault(receipt);
  const found = receiptFor(envelope, receipts, id);
  if (found !== null) return found;
  const people = peopleIn(receipts).length;
  throw fault(
    people > 1
      ? `The receipts name ${people} people: give the id of the one who is asked about.`
      : "Give the id of the person whose receipt this is, too.",
  );
}

function receiptsOrFault(text: string): ReturnType<typeof receiptsIn> {
  try {
    return receiptsIn(text);
  } catch (error) {
    throw fault((error as Error).message);
  }
}

const fault = (message: string) => ({ code: "E_CERTIFICATE", message });
