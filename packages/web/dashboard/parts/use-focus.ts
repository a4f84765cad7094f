import type { Ref } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** What comes in place of the button that was pressed takes the reader's place: else it falls to the top of the page. */
export function useFocus<T extends HTMLElement>(): Ref<T> {
  const place = useRef<T | null>(null);
  useEffect(() => place.current?.focus({ preventScroll: true }), []);
  return place;
}
