import { useEffect, useMemo, useState } from "preact/hooks";
import { LiveActivity } from "./activity";
import { Frame } from "./frame";
import { SignIn } from "./pages/sign-in";
import { forgetKey, keepKey, openSession, readKey, type Session, SessionContext } from "./session";

/** Signed out, signing in with a key that this tab has kept, or in. */
export function App() {
  const [session, setSession] = useState<Session | null>(null);
  const [reason, setReason] = useState<unknown>(null);
  const [isReturning, setReturning] = useState(() => readKey() !== null);

  const { enter, leave } = useMemo(() => {
    const leave = (why: unknown = null): void => {
      forgetKey();
      setSession(null);
      setReason(why);
    };
    const onRefused = (): void =>
      leave({ code: "E_UNAUTHENTICATED", message: "It was revoked or replaced. Please sign in again." });
    const enter = async (key: string): Promise<void> => {
      const opened = await openSession(key, { onRefused, signOut: () => leave() });
      keepKey(key);
      setReason(null);
      setSession(opened);
    };
    return { enter, leave };
  }, []);

  useEffect(() => {
    const key = readKey();
    if (key === null) return;
    enter(key)
      .catch(leave)
      .finally(() => setReturning(false));
  }, []);

  if (session === null) return <SignIn onKey={enter} reason={reason} isReturning={isReturning} />;
  return (
    <SessionContext.Provider value={session}>
      <LiveActivity>
        <Frame />
      </LiveActivity>
    </SessionContext.Provider>
  );
}
