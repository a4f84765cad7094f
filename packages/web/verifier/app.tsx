import { useEffect, useState } from "preact/hooks";
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
  const [error, setError] = useState<string | null>(null);
  const [checked, setChecked] = useState<Checked | null>(null);

  const take = ({ what, found }: Recognised, name: string): void => {
    setEvidence((before) => withFound(before, found));
    setNames((before) => [...before, `${what} (${name})`]);
    setError(null);
  };
  const clear = (): void => {
    setEvidence(({ keys, logKeys }) => ({
      ...NOTHING,
      keys: keys.filter(({ isFetched }) => isFetched),
      logKeys: logKeys.filter(({ isFetched }) => isFetched),
    }));
    setNames([]);
    setId("");
    setError(null);
    if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  };

  useEffect(() => {
    const open = (): void => {
      takeFromAddress((found) => take(found, "from the address")).catch(() =>
        setError("The address holds no whole certificate. Was it cut off? Ask for the file instead."),
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
      (reason: Error) => isWanted && setError(reason.message),
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
      <Result evidence={evidence} checked={checked} />
      <DropPlace
        names={names}
        evidence={evidence}
        id={id}
        onId={setId}
        onFound={take}
        onError={setError}
        onClear={clear}
      />
      {error !== null && (
        <p class="card bad" role="alert">
          {error}
        </p>
      )}
    </main>
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
