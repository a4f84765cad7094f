import { useEffect, useRef, useState } from "preact/hooks";
import { CertificateMeaning } from "../shared/certificate-meaning";
import { ErrorBoundary } from "../shared/error-boundary";
import { figuresIn } from "../shared/figures-address";
import { ThemeSwitch } from "../shared/theme-switch";
import { readAddress } from "./address";
import { ComparePage } from "./compare/compare-page";
import { TryPage } from "./lab/try-page";

const PAGES = [
  ["try", "Try it", TryPage],
  ["compare", "What it costs", ComparePage],
  ["meaning", "What it promises", MeaningPage],
] as const;
type PageName = (typeof PAGES)[number][0];

/** With the figures of a certificate, where one led here. */
function MeaningPage() {
  return <CertificateMeaning {...figuresIn(readAddress().query)} />;
}

/** Three views of one page; the address says which, so that links and the back button work without a server. */
export function App() {
  const [name, setName] = useState<PageName>(pageOfAddress);
  const [visit, setVisit] = useState(0);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    const follow = (): void => {
      setName(pageOfAddress());
      // An address with choices in it, put in place of another: the page begins as it says.
      if (readAddress().query.size > 0) setVisit((before) => before + 1);
      scrollTo(0, 0);
      // After the new view stands: a screen reader should begin at its title.
      setTimeout(() => main.current?.querySelector("h1")?.focus(), 50);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const [, words, Page] = PAGES.find(([page]) => page === name) ?? PAGES[0];
  useEffect(() => {
    document.title = `${words} · Expunge playground`;
  }, [words]);
  return (
    <>
      <nav aria-label="Pages" class="bar">
        <a class="brand" href="#/try">
          Expunge <span>playground</span>
        </a>
        <ul>
          {PAGES.map(([page, title]) => (
            <li key={page}>
              <a href={`#/${page}`} aria-current={page === name ? "page" : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
        <ThemeSwitch />
      </nav>
      <main ref={main}>
        <ErrorBoundary key={`${name} ${visit}`}>
          <Page />
        </ErrorBoundary>
      </main>
      <footer class="soft small">
        No server, no cookies, no tracking: training, certificates and checks run in this page, and nothing
        that you draw or drop leaves your browser.
      </footer>
    </>
  );
}

function pageOfAddress(): PageName {
  const wanted = readAddress().page;
  return PAGES.find(([page]) => page === wanted)?.[0] ?? "try";
}
