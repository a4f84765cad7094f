import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

const MARGIN = 12;

/** A question mark that explains: on hover, on focus, by a tap; Escape closes it. Styles: hint.css. */
export function Hint({ about, children }: { readonly about: string; readonly children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const bubble = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    place(button.current, bubble.current);
    const close = (event: KeyboardEvent): void => {
      if (event.key === "Escape") setOpen(false);
    };
    const leave = (): void => setOpen(false);
    addEventListener("keydown", close);
    addEventListener("scroll", leave, { passive: true });
    return () => {
      removeEventListener("keydown", close);
      removeEventListener("scroll", leave);
    };
  }, [isOpen]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same by keyboard and by touch
    <span class="hint" onMouseEnter={() => setOpen(true)} onMouseLeave={() => setOpen(false)}>
      <button
        ref={button}
        type="button"
        aria-label={`What is ${about}?`}
        aria-describedby={isOpen ? id : undefined}
        onClick={() => setOpen(true)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
      >
        ?
      </button>
      {isOpen && (
        <span class="bubble" role="tooltip" id={id} ref={bubble}>
          {children}
        </span>
      )}
    </span>
  );
}

/** Below its button, inside the window; above where there is no room. */
function place(button: HTMLElement | null, bubble: HTMLElement | null): void {
  if (button === null || bubble === null) return;
  const at = button.getBoundingClientRect();
  const { width, height } = bubble.getBoundingClientRect();
  const left = Math.min(
    Math.max(MARGIN, at.left - 24),
    document.documentElement.clientWidth - width - MARGIN,
  );
  const isBelow = at.bottom + height + MARGIN < document.documentElement.clientHeight;
  bubble.style.left = `${left}px`;
  bubble.style.top = `${isBelow ? at.bottom + 6 : at.top - height - 6}px`;
}
