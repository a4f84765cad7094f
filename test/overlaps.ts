import type { Locator } from "playwright-core";

/** Pairs of elements that lie over one another. */
export function overlapsIn(elements: Locator): Promise<string[]> {
  return elements.evaluateAll((found) => {
    const boxes = found.map((one) => ({ one, box: one.getBoundingClientRect() }));
    return boxes.flatMap(({ one, box }, i) =>
      boxes
        .slice(i + 1)
        .filter(
          ({ one: other, box: its }) =>
            !one.contains(other) &&
            box.left < its.right - 1 &&
            its.left < box.right - 1 &&
            box.top < its.bottom - 1 &&
            its.top < box.bottom - 1,
        )
        .map(({ one: other }) => `${one.textContent} and ${other.textContent}`),
    );
  });
}
