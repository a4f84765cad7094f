import { type ComponentChildren, createContext } from "preact";
import { useContext, useRef, useState } from "preact/hooks";
import { useLive } from "./activity";
import { useSession } from "./session";

type NameOf = (id: string) => string;

const NamesContext = createContext<NameOf>((id) => unnamed(id));

const unnamed = (id: string): string => `model ${id.slice(0, 8)}`;

/** Names of models: as the stream tells them, and of those that it has no room for, asked one by one, once. */
export function ModelNames({ children }: { readonly children: ComponentChildren }) {
  const { client, may } = useSession();
  const { activity } = useLive();
  const [found, setFound] = useState<ReadonlyMap<string, string>>(new Map());
  const asked = useRef(new Set<string>());
  const ask = (id: string): void => {
    // Until the stream has told, it may be about to.
    if (activity === null || !may("read models") || asked.current.has(id)) return;
    asked.current.add(id);
    client.models.get(id).then(
      ({ name }) => setFound((known) => new Map(known).set(id, name)),
      // Deleted, or not to be read: it keeps its number.
      () => {},
    );
  };
  const nameOf: NameOf = (id) => {
    const name = activity?.models.find((model) => model.id === id)?.name ?? found.get(id);
    if (name === undefined) ask(id);
    return name ?? unnamed(id);
  };
  return <NamesContext.Provider value={nameOf}>{children}</NamesContext.Provider>;
}

export const useModelName = (): NameOf => useContext(NamesContext);
