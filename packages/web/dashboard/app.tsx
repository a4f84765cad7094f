import { useEffect, useMemo, useState } from "preact/hooks";
import { ErrorBoundary } from "../shared/error-boundary";
import { LiveActivity } from "./activity";
import { Frame } from "./frame";
import { HeldReceipts } from "./held-receipts";
import { ModelNames } from "./model-names";
import { SignIn } from "./pages/sign-in";
import { forgetKey, keepKey, openSession, readKey, type Session, SessionContext } from "./session";

/** Before a kept key is tried again, where the service did not answer. */
const AGAIN_MS = 5000;

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
      setReturning(false);
    };
    return { enter, leave };
  }, []);

  // A kept key is erased where the service refuses it, and nowhere else: no answer, or too many calls, is not a refusal.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enterAgain = (): void => {
      const key = readKey();
      if (key === null) {
        setReturning(false);
        return;
      }
      enter(key).catch((error: { status?: number; details?: { retryAfterSeconds?: number } }) => {
        if (error.status === 401 || error.status === 403) {
          setReturning(false);
          leave(error);
          return;
        }
        setReason(error);
        timer = setTimeout(enterAgain, 1000 * (error.details?.retryAfterSeconds ?? AGAIN_MS / 1000));
      });
    };
    enterAgain();
    return () => clearTimeout(timer);
  }, []);

  const giveUp = (): void => {
    setReturning(false);
    leave();
  };
  if (session === null)
    return <SignIn onKey={enter} reason={reason} isReturning={isReturning} onGiveUp={giveUp} />;
  return (
    <SessionContext.Provider value={session}>
      <LiveActivity>
        <ModelNames>
          <HeldReceipts>
            <ErrorBoundary>
              <Frame />
            </ErrorBoundary>
          </HeldReceipts>
        </ModelNames>
      </LiveActivity>
    </SessionContext.Provider>
  );
}
