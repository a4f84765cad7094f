import type { ComponentChildren } from "preact";

/** What may be wider than the window: the keyboard must be able to scroll it. */
export function Scroll({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

/** Text as a terminal or a file has it. */
export function Pre({ label, children }: { readonly label: string; readonly children: string }) {
  return (
    <Scroll label={label}>
      <pre class="mono">{children}</pre>
    </Scroll>
  );
}
