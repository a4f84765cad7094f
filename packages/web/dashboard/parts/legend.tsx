import type { ComponentChildren } from "preact";

interface LegendItem {
  readonly tone: "ours" | "retrain";
  readonly text: ComponentChildren;
}

/** What the colours of a picture mean. */
export function Legend({ items }: { readonly items: readonly LegendItem[] }) {
  return (
    <p class="legend">
      {items.map(({ tone, text }) => (
        <span class="legend-item" key={tone}>
          <span class={`key ${tone}`} />
          {text}
        </span>
      ))}
    </p>
  );
}
