/* Where a page was scrolled to is kept with its place in the browser's history: Back leads to what one was looking at. */

interface Kept {
  readonly scroll?: number;
}

/** What is shown comes in parts: until there is enough of it to scroll to. */
const PATIENCE_MS = 2000;
const LOOK_MS = 50;

/** To be called for every new page: to its top, or, where one comes back, to where one was. @returns what ends it */
export function keepScroll(): () => void {
  history.scrollRestoration = "manual";
  const wanted = (history.state as Kept | null)?.scroll ?? 0;
  scrollTo(0, wanted);
  const end = performance.now() + PATIENCE_MS;
  let isRestoring = wanted > 0;
  const timer = setInterval(() => {
    if (isRestoring && performance.now() < end && scrollY < wanted) scrollTo(0, wanted);
    else isRestoring = false;
    if (!isRestoring && (history.state as Kept | null)?.scroll !== scrollY)
      history.replaceState({ scroll: scrollY }, "");
  }, LOOK_MS);
  const stop = (): void => {
    isRestoring = false;
  };
  addEventListener("wheel", stop, { passive: true });
  addEventListener("keydown", stop);
  return () => {
    clearInterval(timer);
    removeEventListener("wheel", stop);
    removeEventListener("keydown", stop);
  };
}
