/* The figures of a certificate in an address: the page that says what they mean begins with them. */

/** What stands behind the question mark of a link to that page. */
export const meaningQuery = ({
  epsilon,
  delta,
}: {
  readonly epsilon: number;
  readonly delta: number;
}): string => `?${new URLSearchParams({ epsilon: String(epsilon), delta: String(delta) })}`;

/** What such an address holds; none where it has no pair that a certificate could claim. */
export function figuresIn(query: URLSearchParams): { readonly epsilon?: number; readonly delta?: number } {
  const [epsilon, delta] = [Number(query.get("epsilon")), Number(query.get("delta"))];
  const isClaim = epsilon > 0 && Number.isFinite(epsilon) && delta > 0 && delta < 1;
  return isClaim ? { epsilon, delta } : {};
}
