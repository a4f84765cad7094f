import { useEffect, useState } from "preact/hooks";

export interface Route {
  /** Parts of the path: #/models/42 is ["models", "42"]. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Routes live behind the hash: the server knows one page only. */
export function readRoute(hash: string = location.hash): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  return {
    path: path
      .split("/")
      .filter((part) => part !== "")
      .map(decodeOrKeep),
    query: new URLSearchParams(query),
  };
}

function decodeOrKeep(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function useRoute(): Route {
  const [shown] = useState(() => location.hash);
  const [route, setRoute] = useState(() => readRoute(shown));
  useEffect(() => {
    const change = (): void => setRoute(readRoute());
    addEventListener("hashchange", change);
    // It may have changed between the first picture and this moment.
    if (location.hash !== shown) change();
    return () => removeEventListener("hashchange", change);
  }, []);
  return route;
}

/** A choice that is kept in the address, so that the page can be sent on as it is; the empty text is not there. */
export function useQueryState(name: string): readonly [value: string, set: (value: string) => void] {
  const [value, setValue] = useState(() => readRoute().query.get(name) ?? "");
  const set = (next: string): void => {
    const [path, query = ""] = location.hash.split("?");
    const all = new URLSearchParams(query);
    if (next === "") all.delete(name);
    else all.set(name, next);
    const text = all.toString();
    history.replaceState(history.state, "", `${path}${text === "" ? "" : `?${text}`}`);
    setValue(next);
  };
  return [value, set];
}

/** Names the page in the browser's tabs and history. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (title !== null) document.title = `${title} · Expunge`;
  }, [title]);
}

export function linkTo(...path: readonly (string | number)[]): string {
  return `#/${path.map((part) => encodeURIComponent(part)).join("/")}`;
}
