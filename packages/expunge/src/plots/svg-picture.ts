import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

export interface PictureOptions {
  /** What the picture shows, in a sentence: read aloud in its place. No markup. */
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly plot: Omit<Plot.PlotOptions, "document" | "width" | "height" | "style">;
  readonly fontFamily?: string;
  readonly fontSize?: number;
  /** Its own colours, for a picture that is shown on pages of any; left out where it takes those of the page that it stands in. */
  readonly colours?: { readonly ground: string; readonly ink: string };
}

/** A plot as the text of one svg element, drawn without a browser. It is well-formed XML too. */
export function svgPicture({
  label,
  width,
  height,
  plot,
  fontFamily,
  fontSize = 12,
  colours,
}: PictureOptions): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    ...plot,
    width,
    height,
    document,
    // A string would go through innerHTML-like parsing that linkedom lacks; an object is set property by property.
    style: {
      fontSize: `${fontSize}px`,
      fontFamily: fontFamily ?? "inherit",
      background: colours?.ground ?? "none",
      ...(colours ? { color: colours.ink } : {}),
      overflow: "visible",
    },
  });
  // linkedom escapes quotes in attributes, but not these.
  const words = label.replace(/[<>&]/g, " ");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", words);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
  title.textContent = words;
  svg.prepend(title);
  return svg.outerHTML;
}
