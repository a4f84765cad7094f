import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorCard, Loading } from "./parts/states";

/** A part of the page whose code is fetched when it is first shown. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let known: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [Part, setPart] = useState<ComponentType<Props> | null>(() => known);
    const [error, setError] = useState<unknown>(null);
    useEffect(() => {
      if (known !== null) return;
      load().then(
        (part) => {
          known = part;
          setPart(() => part);
        },
        (reason: unknown) => setError(reason),
      );
    }, []);
    if (error !== null) return <ErrorCard error={error} />;
    return Part === null ? <Loading what="picture" /> : <Part {...props} />;
  };
}
