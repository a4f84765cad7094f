/** A public key as all pages name it: by its fingerprint, which is shorter to compare than the key. */
export function NamedKey({ fingerprint }: { readonly fingerprint: string }) {
  return (
    <>
      the key with the fingerprint <code class="mono break">{fingerprint}</code> (SHA-256)
    </>
  );
}

/** What to do with a fingerprint. */
export const COMPARE_FINGERPRINT =
  "Compare this fingerprint with the one that the issuer gave you by another way, such as the one on the issuer’s page of keys. It is not the key itself, but its SHA-256.";
