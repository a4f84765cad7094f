import { type Loaded, useLoaded } from "./load";
import { useSession } from "./session";

/** The proof that the ledger holds a certificate; null until a signed checkpoint covers it. */
export type LoadedProof = Loaded<string | null>;

/** Read once for all that a page makes of it. */
export function useProof(certificateId: string): LoadedProof {
  const { client } = useSession();
  return useLoaded(
    () =>
      client.certificates.proof(certificateId).catch((error: { status?: number }) => {
        if (error.status === 404) return null;
        throw error;
      }),
    [client, certificateId],
  );
}
