/* Where a page was scrolled to is kept with its place in the browser's history: Back leads to what one was looking at. */

interface Kept {
  readonly scroll?: number;
}

/** What is shown comes in parts: until there is enough of it to scroll to. */
const PATIENCE_MS = 2000;
const LOOK_MS = 50;
/** Without a move for so long, a page is at rest. */
const REST_MS = 150;

/** To be called for every new page: to its top, or, where one comes back, to where one was. @returns what ends it */
export function keepScroll(): () => void {
  history.scrollRestoration = "manual";
  const endRestoring = restore((history.state as Kept | null)?.scroll ?? 0);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const note = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState({ scroll: scrollY }, ""), REST_MS);
  };
  addEventListener("scroll", note, { passive: true });
  return () => {
    clearTimeout(timer);
    endRestoring();
    removeEventListener("scroll", note);
  };
}

/** Scrolls to a place as soon as the page is long enough, unless the reader scrolls meanwhile. @returns what ends it */
function restore(wanted: number): () => void {
  scrollTo(0, wanted);
  const end = performance.now() + PATIENCE_MS;
  const timer = setInterval(() => {
    if (scrollY >= wanted || performance.now() > end) stop();
    else scrollTo(0, wanted);
  }, LOOK_MS);
  const stop = (): void => {
    clearInterval(timer);
    removeEventListener("wheel", stop);
    removeEventListener("keydown", stop);
  };
  addEventListener("wheel", stop, { passive: true });
  addEventListener("keydown", stop);
  return stop;
}
