/** Not written out where it is imported: bundlers would copy a native library for one platform. */
const LIBRARY = "@resvg/resvg-js";

/** A picture as PNG, twice its size, on white; null where the (native, so optional) drawing library is not installed. */
export async function pngOf(svg: string): Promise<Uint8Array | null> {
  const library = (await import(LIBRARY).catch(() => null)) as typeof import("@resvg/resvg-js") | null;
  if (library === null) return null;
  const options = { fitTo: { mode: "zoom", value: 2 }, background: "#ffffff" } as const;
  return new library.Resvg(svg, options).render().asPng();
}
