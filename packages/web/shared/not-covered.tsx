/** What a certificate does not cover: never folded away, and right below what it claims. */
export function NotCovered({ texts }: { readonly texts: readonly string[] }) {
  return (
    <>
      <h2>What it does not cover</h2>
      <ul class="limits">
        {texts.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </>
  );
}
