import { type Client, createClient, type Me } from "@expunge/client";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { type Action, isAllowed } from "./access";
import { noteReach } from "./connection";
import { fetchWatched } from "./fetch-watched";

export interface Session {
  readonly me: Me;
  readonly client: Client;
  /** A client that tells how far its upload is, from 0 to 1, until `signal` stops it. */
  uploader(onProgress: (share: number) => void, signal: AbortSignal): Client;
  may(action: Action): boolean;
  signOut(): void;
}

/** Of this tab only; gone when the tab is closed. */
const STORAGE_KEY = "expunge-api-key";

export const readKey = (): string | null => sessionStorage.getItem(STORAGE_KEY);
export const keepKey = (key: string): void => sessionStorage.setItem(STORAGE_KEY, key);
export const forgetKey = (): void => sessionStorage.removeItem(STORAGE_KEY);

/** Where the service is: beside this page, also below the path of a proxy. */
export const serviceUrl = (): string => new URL(".", location.href).href.replace(/\/$/, "");

/** @throws ClientError where the key is refused or nobody answers */
export async function openSession(
  key: string,
  { onRefused, signOut }: { onRefused: () => void; signOut: () => void },
): Promise<Session> {
  const url = serviceUrl();
  const me = await createClient({ url, key, fetch: fetchWatched({}) }).me();
  return {
    me,
    signOut,
    client: createClient({ url, key, fetch: fetchWatched({ onRefused, onReach: noteReach }) }),
    uploader: (onProgress, signal) =>
      createClient({ url, key, fetch: fetchWatched({ onRefused, onProgress, signal }) }),
    may: (action) => isAllowed(me.role, action),
  };
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("Expected a page of somebody who is signed in.");
  return session;
}
