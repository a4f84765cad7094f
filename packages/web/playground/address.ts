import { useEffect } from "preact/hooks";

/* What a visitor chose, in the address behind the #: a link shows somebody else the same. */

export function readAddress(): { readonly page: string; readonly query: URLSearchParams } {
  const [page = "", query = ""] = location.hash.replace(/^#\//, "").split("?");
  return { page, query: new URLSearchParams(query) };
}

/** The numbers that an address names, each where it is one of those that can be chosen; else as they begin. */
export function numbersFrom<T extends object>(
  start: T,
  choices: Readonly<Partial<Record<keyof T, readonly number[]>>>,
): T {
  const { query } = readAddress();
  const given = Object.entries(choices).flatMap(([name, values]) => {
    const value = Number(query.get(name) ?? Number.NaN);
    return (values as readonly number[]).includes(value) ? [[name, value] as const] : [];
  });
  return { ...start, ...Object.fromEntries(given) };
}

/** A drag writes the address once, at its end: browsers refuse pages that write it all the time. */
const QUIET_MS = 100;

/** Keeps choices in the address, in place of what it said before: a drag leaves no trail in the history. */
export function useAddress(values: Readonly<Record<string, string | number>>): void {
  const text = new URLSearchParams(
    Object.entries(values).map(([name, value]) => [name, String(value)]),
  ).toString();
  useEffect(() => {
    const timer = setTimeout(() => {
      const { page } = readAddress();
      history.replaceState(null, "", `#/${page === "" ? "try" : page}?${text}`);
    }, QUIET_MS);
    return () => clearTimeout(timer);
  }, [text]);
}
