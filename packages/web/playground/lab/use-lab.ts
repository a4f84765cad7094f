import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Engine, Stopped, wordsOf } from "../work/engine";
import type { Forgotten, LabData, LabSettings, Tasks, Trained } from "../work/messages";

export interface Lab {
  readonly data: LabData;
  readonly settings: LabSettings;
  /** The model before any request; null while the first training runs. */
  readonly first: Trained | null;
  /** The model as it stands. */
  readonly current: Trained | null;
  /** Requests served, in order. */
  readonly requests: readonly Forgotten[];
  /** A model trained from scratch without the rows forgotten; null where none was asked for. */
  readonly retrained: Trained | null;
  readonly isRetrainingBeside: boolean;
  readonly isBusy: boolean;
  readonly error: string | null;
  /** What forgetting a row would take, nothing done yet; null where no row was asked about. */
  readonly previewed: { readonly row: number; readonly steps: number } | null;
  isForgotten(row: number): boolean;
  preview(row: number | null): void;
  forget(row: number): void;
  retrainBeside(on: boolean): void;
  trainAgain(): void;
}

interface Served {
  readonly first: Trained | null;
  readonly requests: readonly Forgotten[];
}

interface Training {
  wanted: Tasks["train"]["ask"] | null;
  isRunning: boolean;
}

const NOTHING: Served = { first: null, requests: [] };

/** A model in the worker, trained anew whenever data or settings change, and what became of it. */
export function useLab(data: LabData, settings: LabSettings): Lab {
  const engine = useRef<Engine | null>(null);
  engine.current ??= new Engine();
  const [served, setServed] = useState<Served>(NOTHING);
  const [retrained, setRetrained] = useState<Trained | null>(null);
  const [isRetrainingBeside, setRetrainingBeside] = useState(false);
  const [isBusy, setBusy] = useState(true);
  const [previewed, setPreviewed] = useState<Lab["previewed"]>(null);
  const [error, setError] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const newest = useRef(0);
  const training = useRef<Training>({ wanted: null, isRunning: false });

  useEffect(() => () => engine.current?.stop(), []);

  /** Trains what is wanted now; what was wanted meanwhile, but no longer, is never trained. */
  const pump = useCallback((): void => {
    const { wanted, isRunning } = training.current;
    if (wanted === null || isRunning) return;
    training.current = { wanted: null, isRunning: true };
    engine.current
      ?.ask("train", wanted)
      .then((first) => {
        setServed({ first, requests: [] });
        setError(null);
      })
      .catch((reason: unknown) => {
        if (!(reason instanceof Stopped)) setError(wordsOf(reason));
      })
      .finally(() => {
        training.current.isRunning = false;
        if (training.current.wanted === null) setBusy(false);
        pump();
      });
  }, []);

  // Another round trains again on the same data.
  useEffect(() => {
    newest.current++;
    training.current.wanted = { data, settings };
    setBusy(true);
    setRetrained(null);
    pump();
  }, [data, settings, round]);

  // Rows have other numbers now.
  useEffect(() => setServed(({ first }) => ({ first, requests: [] })), [data]);

  const forget = useCallback(
    (row: number) => {
      if (isBusy) return;
      const turn = newest.current;
      setBusy(true);
      engine.current
        ?.ask("forget", { row })
        .then((done) => {
          if (turn !== newest.current) return;
          setServed((before) => ({ ...before, requests: [...before.requests, done] }));
          setError(null);
        })
        .catch((reason: unknown) => turn === newest.current && setError(wordsOf(reason)))
        .finally(() => turn === newest.current && setBusy(false));
    },
    [isBusy],
  );

  const asked = useRef<number | null>(null);
  const preview = useCallback(
    (row: number | null) => {
      asked.current = row;
      setPreviewed(null);
      if (row === null || isBusy) return;
      engine.current
        ?.ask("preview", { row })
        .then(({ steps }) => asked.current === row && setPreviewed({ row, steps }))
        // A row that cannot be forgotten says so when it is asked to be.
        .catch(() => {});
    },
    [isBusy],
  );

  const { requests } = served;
  useEffect(() => {
    if (!isRetrainingBeside || requests.length === 0) return setRetrained(null);
    const turn = newest.current;
    const without = requests.flatMap(({ rows }) => rows);
    engine.current
      ?.ask("retrain", { without })
      .then((model) => turn === newest.current && setRetrained(model))
      .catch((reason: unknown) => turn === newest.current && setError(wordsOf(reason)));
  }, [isRetrainingBeside, requests]);

  return {
    ...{
      data,
      settings,
      ...served,
      retrained,
      isRetrainingBeside,
      isBusy,
      error,
      forget,
      previewed,
      preview,
    },
    current: requests.at(-1) ?? served.first,
    isForgotten: (row) => requests.some(({ rows }) => rows.includes(row)),
    retrainBeside: setRetrainingBeside,
    trainAgain: () => setRound((before) => before + 1),
  };
}
