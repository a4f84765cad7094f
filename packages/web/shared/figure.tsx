import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "preact/hooks";

export interface FigureProps {
  /** What the picture shows, in a sentence: it is all that a screen reader has. */
  readonly label: string;
  /** Called with the width that there is, in CSS pixels; colours are var(--ours) and the like. */
  readonly options: (width: number) => Plot.PlotOptions;
}

/** A plot as wide as its place, drawn anew when that or its options change. Memoise `options`. */
export function Figure({ label, options }: FigureProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let drawnWidth = 0;
    const draw = (): void => {
      const width = Math.floor(element.clientWidth);
      if (width === 0 || width === drawnWidth) return;
      drawnWidth = width;
      const plot = Plot.plot({
        width,
        style: { background: "transparent", fontSize: "12px" },
        ...options(width),
      });
      // One picture with one label: Plot's own labels on its parts have no role to belong to.
      for (const part of plot.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
      plot.setAttribute("role", "img");
      plot.setAttribute("aria-label", label);
      element.replaceChildren(plot);
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [label, options]);
  return <div ref={place} class="figure" />;
}
