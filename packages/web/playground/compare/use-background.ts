import { useEffect, useRef, useState } from "preact/hooks";
import { Engine, Stopped } from "../work/engine";
import type { TaskName, Tasks } from "../work/messages";

/** Time without a change after which the worker is asked: a drag asks once, at its end. */
const QUIET_MS = 250;

interface BackgroundOptions {
  readonly quietMs?: number;
  readonly onError?: (error: unknown) => void;
}

/**
 * The worker's newest answer to a question that changes as sliders do; null until there is one for the question as it stands. While
 * the worker is busy only the newest question waits.
 */
export function useBackground<Name extends TaskName>(
  name: Name,
  ask: Tasks[Name]["ask"],
  { quietMs = QUIET_MS, onError = reportError }: BackgroundOptions = {},
): Tasks[Name]["answer"] | null {
  const key = JSON.stringify(ask);
  const newest = useRef({ key, ask });
  newest.current = { key, ask };
  const [answered, setAnswered] = useState<{ key: string; answer: Tasks[Name]["answer"] } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const engine = useRef<Engine | null>(null);
  useEffect(() => () => engine.current?.stop(), []);
  const isWanted = answered?.key !== key && !isBusy;
  // A new key starts the quiet time again
  useEffect(() => {
    if (!isWanted) return;
    const timer = setTimeout(() => {
      const asked = newest.current;
      engine.current ??= new Engine();
      setBusy(true);
      engine.current
        .ask(name, asked.ask)
        .then((answer) => setAnswered({ key: asked.key, answer }))
        .catch((error: unknown) => {
          if (!(error instanceof Stopped)) onError(error);
        })
        .finally(() => setBusy(false));
    }, quietMs);
    return () => clearTimeout(timer);
  }, [isWanted, key, name, quietMs]);
  return answered?.key === key ? answered.answer : null;
}

/** The page works without the answer; whoever looks into the console should know why it is missing. */
function reportError(error: unknown): void {
  console.warn(error);
}
