import type { AcceptedRequest } from "@expunge/client";
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";

/** A request that was sent from this page: its salt is shown once, its ids are nowhere but here. */
export interface HeldReceipt {
  readonly accepted: AcceptedRequest;
  readonly subjects: readonly string[];
  /** Whether all that there is to keep of it has been saved. */
  readonly isSaved: boolean;
}

interface Held {
  readonly receipts: readonly HeldReceipt[];
  add(receipt: Pick<HeldReceipt, "accepted" | "subjects">): void;
  markSaved(requestId: string): void;
  dismiss(requestId: string): void;
}

const HeldContext = createContext<Held | null>(null);

/** Receipts stay while one looks at other pages; who closes the tab before they are saved is asked once more. */
export function HeldReceipts({ children }: { readonly children: ComponentChildren }) {
  const [receipts, setReceipts] = useState<readonly HeldReceipt[]>([]);
  const isUnsaved = receipts.some(({ isSaved }) => !isSaved);
  useEffect(() => {
    if (!isUnsaved) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isUnsaved]);
  const held = useMemo((): Held => {
    const idOf = ({ accepted }: HeldReceipt): string => accepted.request.id;
    return {
      receipts,
      add: (receipt) =>
        setReceipts((before) => [
          { ...receipt, isSaved: false },
          ...before.filter((one) => idOf(one) !== receipt.accepted.request.id),
        ]),
      markSaved: (id) =>
        setReceipts((before) => before.map((one) => (idOf(one) === id ? { ...one, isSaved: true } : one))),
      dismiss: (id) => setReceipts((before) => before.filter((one) => idOf(one) !== id)),
    };
  }, [receipts]);
  return <HeldContext.Provider value={held}>{children}</HeldContext.Provider>;
}

export function useHeldReceipts(): Held {
  const held = useContext(HeldContext);
  if (held === null) throw new Error("Expected a page of somebody who is signed in.");
  return held;
}
