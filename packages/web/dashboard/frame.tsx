import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { ErrorBoundary } from "../shared/error-boundary";
import { figuresIn } from "../shared/figures-address";
import { ThemeSwitch } from "../shared/theme-switch";
import { ROLE_MEANINGS } from "./access";
import { useConnection } from "./connection";
import { keepScroll } from "./keep-scroll";
import { AboutPage } from "./pages/about";
import { CertificatePage } from "./pages/certificate";
import { CertificatesPage } from "./pages/certificates";
import { DataPage } from "./pages/data";
import { EntryPage } from "./pages/entry";
import { KeysPage } from "./pages/keys";
import { LedgerPage } from "./pages/ledger";
import { ModelPage } from "./pages/model";
import { ModelsPage } from "./pages/models";
import { NewModelPage } from "./pages/new-model";
import { RequestPage } from "./pages/request";
import { RequestsPage } from "./pages/requests";
import { Empty, NotAllowed } from "./parts/states";
import { linkTo, type Route, useRoute } from "./router";
import { type Session, useSession } from "./session";

interface Section {
  readonly id: string;
  readonly name: string;
  readonly isOpen: (session: Session) => boolean;
}

const SECTIONS: readonly Section[] = [
  { id: "models", name: "Models", isOpen: ({ may }) => may("read models") },
  { id: "requests", name: "Requests", isOpen: () => true },
  { id: "data", name: "Data", isOpen: ({ may }) => may("read data sets") },
  { id: "certificates", name: "Certificates", isOpen: ({ may }) => may("read certificates") },
  { id: "ledger", name: "Ledger", isOpen: ({ may }) => may("read the ledger") },
  { id: "keys", name: "Keys", isOpen: ({ may }) => may("manage keys") },
];

const TITLES = new Map([
  ...SECTIONS.map(({ id, name }) => [id, name] as const),
  ["about", "What a certificate says"] as const,
]);

export function Frame() {
  const session = useSession();
  const route = useRoute();
  const isReached = useConnection();
  const main = useRef<HTMLElement>(null);
  const sections = SECTIONS.filter(({ isOpen }) => isOpen(session));
  // Requests are open to everybody.
  const current = route.path[0] ?? sections[0]!.id;
  const place = route.path.join("/");
  // Before the page's own effects: one with a name of its own goes on from here.
  useLayoutEffect(() => {
    document.title = `${TITLES.get(current) ?? "Not found"} · Expunge`;
  }, [current, place]);
  // As a page that is loaded anew would: the top, or where one was, and the reader's place at its beginning.
  useEffect(() => {
    const end = keepScroll();
    main.current?.focus({ preventScroll: true });
    return end;
  }, [place]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <a class="brand" href="#/">
          Expunge
        </a>
        <nav aria-label="Pages">
          {sections.map(({ id, name }) => (
            <a key={id} href={linkTo(id)} aria-current={id === current ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <Account session={session} />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {!isReached && (
          <p class="card error offline" role="status">
            <strong>The service does not answer.</strong> What you see may be old. The page tries again by
            itself.
          </p>
        )}
        <ErrorBoundary key={place}>
          {pageOf({ ...route, path: route.path.length === 0 ? [current] : route.path }, session)}
        </ErrorBoundary>
      </main>
    </>
  );
}

function Account({ session: { me, signOut } }: { readonly session: Session }) {
  return (
    <div class="account">
      <span class="who" title={`${me.label}: ${ROLE_MEANINGS[me.role]}`}>
        <span class="tenant">{me.tenant}</span> <span class="badge plain">{me.role}</span>
      </span>
      <ThemeSwitch />
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </div>
  );
}

function pageOf({ path, query }: Route, { may }: Session): ComponentChildren {
  const [section, id] = path;
  switch (section) {
    case "models":
      if (!may("read models")) return <NotAllowed action="read models" what="Models" />;
      if (id === undefined) return <ModelsPage key={`${query.get("search")} ${query.get("sort")}`} />;
      return id === "new" ? (
        <NewModelPage datasetId={query.get("dataset")} />
      ) : (
        <ModelPage key={id} id={id} />
      );
    case "data":
      return may("read data sets") ? <DataPage /> : <NotAllowed action="read data sets" what="Data sets" />;
    case "requests":
      // Another address of the same list is another choice in it.
      return id === undefined ? (
        <RequestsPage key={`${query.get("state")} ${query.get("search")}`} />
      ) : (
        <RequestPage key={id} id={id} />
      );
    case "keys":
      return may("manage keys") ? <KeysPage /> : <NotAllowed action="manage keys" what="Keys" />;
    case "certificates":
      if (!may("read certificates")) return <NotAllowed action="read certificates" what="Certificates" />;
      return id === undefined ? (
        <CertificatesPage key={query.get("model")} />
      ) : (
        <CertificatePage key={id} id={id} />
      );
    case "ledger":
      if (!may("read the ledger")) return <NotAllowed action="read the ledger" what="The ledger's entries" />;
      return id === undefined ? <LedgerPage /> : <EntryPage key={id} index={Number(id)} />;
    case "about":
      return <AboutPage {...figuresIn(query)} />;
    default:
      return (
        <Empty title="There is no such page" isPage>
          <p>
            <a href="#/">Back to the start</a>
          </p>
        </Empty>
      );
  }
}
