/** Offers bytes or a text as a file of this computer. */
export function saveFile(
  name: string,
  content: Uint8Array | string,
  type = "application/octet-stream",
): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** A picture as a file of its own: the page's colours are written into it. */
export function svgText(picture: SVGElement): string {
  const style = getComputedStyle(document.documentElement);
  const colours = `background: ${style.getPropertyValue("--ground")}; color: ${style.getPropertyValue("--soft")}`;
  const copy = picture.cloneNode(true) as SVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.removeAttribute("style");
  return (
    new XMLSerializer()
      .serializeToString(copy)
      // As text: the page's policy refuses an attribute of style, even on a copy that is nowhere shown.
      .replace(/^<svg/, `<svg style="${colours}"`)
      .replace(/var\((--[a-z-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim())
  );
}

/** Cells in lines, as spreadsheets read them (RFC 4180). */
export function csvText(lines: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string =>
    /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  return `${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}
