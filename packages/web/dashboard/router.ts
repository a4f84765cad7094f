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

export function linkTo(...path: readonly (string | number)[]): string {
  return `#/${path.map((part) => encodeURIComponent(part)).join("/")}`;
}
