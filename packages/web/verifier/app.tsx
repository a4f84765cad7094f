import { useEffect, useRef, useState } from "preact/hooks";
import { unpackText } from "../shared/packed-text";
import { ThemeSwitch } from "../shared/theme-switch";
import { type Checked, check } from "./check";
import { DropPlace } from "./drop-place";
import { type Evidence, NOTHING, type Recognised, recognise, withFound } from "./evidence";
import { Result } from "./result";

/** Everything that has been given, checked anew whenever it changes. */
export function App() {
  const [evidence, setEvidence] = useState<Evidence>(NOTHING);
  const [names, setNames] = useState<readonly string[]>([]);
  const [id, setId] = useState("");
  const [errors, setErrors] = useState<readonly string[]>([]);
  const [checked, setChecked] = useState<Checked | null>(null);

  const take = ({ what, found }: Recognised, name: string): void => {
    setEvidence((before) => withFound(before, found));
    setNames((before) => [...before, `${what} (${name})`]);
  };
  const clear = (): void => {
    setEvidence(({ keys, logKeys }) => ({
      ...NOTHING,
      keys: keys.filter(({ isFetched }) => isFetched),
      logKeys: logKeys.filter(({ isFetched }) => isFetched),
    }));
    setNames([]);
    setId("");
    setErrors([]);
    if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  };

  useEffect(() => {
    const open = (): void => {
      setErrors([]);
      takeFromAddress((found) => take(found, "from the address")).catch(() =>
        setErrors(["The address holds no whole certificate. Was it cut off? Ask for the file instead."]),
      );
    };
    open();
    addEventListener("hashchange", open);
    fetchKeys().then((found) => {
      for (const one of found) setEvidence((before) => withFound(before, one));
    });
    return () => removeEventListener("hashchange", open);
  }, []);

  // What was found is of something else now.
  useEffect(() => {
    let isWanted = true;
    setChecked(null);
    const { certificate, keys } = evidence;
    if (certificate === null || keys.length === 0) return;
    check(certificate, evidence, id.trim()).then(
      (found) => isWanted && setChecked(found),
      (reason: Error) => isWanted && setErrors([reason.message]),
    );
    return () => {
      isWanted = false;
    };
  }, [evidence, id]);

  return (
    <main id="main">
      <header class="head no-print">
        <div>
          <h1>Check a certificate of forgetting</h1>
          <p class="soft">
            For whoever was sent one: it needs no account, and nothing that you give leaves your browser.
          </p>
        </div>
        <ThemeSwitch />
      </header>
      <Errors messages={errors} />
      <Result evidence={evidence} checked={checked} />
      <DropPlace
        names={names}
        evidence={evidence}
        id={id}
        onId={setId}
        onFound={take}
        onErrors={setErrors}
        onClear={clear}
      />
    </main>
  );
}

/** What could not be read, before any verdict: without it that would be of less than was given. */
function Errors({ messages }: { readonly messages: readonly string[] }) {
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => card.current?.scrollIntoView({ block: "nearest" }), [messages]);
  if (messages.length === 0) return null;
  return (
    <div ref={card} class="card bad" role="alert">
      {messages.map((message) => (
        <p key={message}>{message}</p>
      ))}
    </div>
  );
}

/** `#certificate=...&proof=...`, each packed: what an address was sent with. @throws for what is cut off */
async function takeFromAddress(take: (found: Recognised) => void): Promise<void> {
  const given = new URLSearchParams(location.hash.replace(/^#/, ""));
  for (const name of ["certificate", "proof", "receipt"]) {
    const packed = given.get(name);
    if (packed !== null) take(recognise(await unpackText(packed)));
  }
}

/** The keys that the service publishes, where a service served this page: below the path that the page lies in. */
async function fetchKeys(): Promise<readonly Partial<Evidence>[]> {
  if (!location.protocol.startsWith("http")) return [];
  const read = async (path: string): Promise<Partial<Evidence>> => {
    const answer = await fetch(new URL(`../.well-known/${path}`, location.href)).catch(() => null);
    if (!answer?.ok || !/json/.test(answer.headers.get("content-type") ?? "")) return {};
    return recognise(await answer.text(), true).found;
  };
  return Promise.all(
    ["expunge-keys.json", "expunge-log-keys.json"].map((path) => read(path).catch(() => ({}))),
  );
}
