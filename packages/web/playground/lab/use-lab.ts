import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Engine, Stopped, wordsOf } from "../work/engine";
import type { Forgotten, Joined, LabData, LabSettings, Tasks, Trained } from "../work/messages";

export interface Lab {
  readonly data: LabData;
  readonly settings: LabSettings;
  /** The model before any request; null while the first training runs. */
  readonly first: Trained | null;
  /** The model as it stands. */
  readonly current: Trained | null;
  /** Requests served, in order. */
  readonly requests: readonly Forgotten[];
  /** Requests that models before this one served, oldest first: their certificates go on to hold of those models. */
  readonly earlier: readonly Forgotten[];
  /** Rows that joined the model that there is, in order; not those of another training. */
  readonly joined: readonly Joined[];
  /** What came last, where anything did. */
  readonly last: "forgot" | "corrected" | "joined" | null;
  /** A model trained from scratch without the rows forgotten; null where none was asked for. */
  readonly retrained: Trained | null;
  /** Weights of models as the certificate compares with; none where they were not asked for, or where rows joined or were corrected. */
  readonly fan: readonly Float64Array[];
  readonly isRetrainingBeside: boolean;
  readonly isBusy: boolean;
  readonly error: string | null;
  /** What forgetting a row would take, nothing done yet; null where no row was asked about. */
  readonly previewed: { readonly row: number; readonly steps: number } | null;
  isForgotten(row: number): boolean;
  preview(row: number | null): void;
  forget(row: number): void;
  /** Lets a row join the model that there is. @param onJoined called once it has */
  join(features: Float32Array, label: number, onJoined: () => void): void;
  /** Gives a row another label. @param onCorrected called once the row has a new number, the next one */
  correct(row: number, label: number, onCorrected: () => void): void;
  retrainBeside(on: boolean): void;
  trainAgain(): void;
}

interface Served {
  readonly first: Trained | null;
  readonly current: Trained | null;
  readonly requests: readonly Forgotten[];
  readonly earlier: readonly Forgotten[];
  readonly joined: readonly Joined[];
  readonly last: Lab["last"];
}

interface Training {
  wanted: Tasks["train"]["ask"] | null;
  isRunning: boolean;
}

/** Certificates of earlier models that are kept. */
const MOST_EARLIER = 100;

/** Another model begins: what the one before was asked is kept, what became of it is not. */
const begun = ({ requests, earlier }: Served, first: Trained | null): Served => ({
  ...{ first, current: first, requests: [], joined: [], last: null },
  earlier: [...earlier, ...requests].slice(-MOST_EARLIER),
});

const NOBODY: Served = {
  ...{ first: null, current: null, last: null },
  requests: [],
  earlier: [],
  joined: [],
};
const NO_FAN: readonly Float64Array[] = [];

/** A model in the worker, trained anew whenever data or settings change, and what became of it. @param hasFan whether many retrained models are shown */
export function useLab(data: LabData, settings: LabSettings, hasFan = false): Lab {
  const engine = useRef<Engine | null>(null);
  engine.current ??= new Engine();
  const [served, setServed] = useState(NOBODY);
  const [beside, setBeside] = useState<{ retrained: Trained | null; fan: readonly Float64Array[] }>({
    ...{ retrained: null, fan: NO_FAN },
  });
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
        setServed((before) => begun(before, first));
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
    setBeside({ retrained: null, fan: NO_FAN });
    pump();
  }, [data, settings, round]);

  // Rows have other numbers now.
  useEffect(() => setServed((before) => begun(before, before.first)), [data]);

  /** One change of the model that there is, unless it is busy; what comes of it is noted unless another model was trained meanwhile. */
  const change = useCallback(
    <T>(ask: (engine: Engine) => Promise<T>, note: (answer: T) => void): void => {
      if (isBusy || engine.current === null) return;
      const turn = newest.current;
      setBusy(true);
      ask(engine.current)
        .then((answer) => {
          if (turn !== newest.current) return;
          note(answer);
          setError(null);
        })
        .catch((reason: unknown) => turn === newest.current && setError(wordsOf(reason)))
        .finally(() => turn === newest.current && setBusy(false));
    },
    [isBusy],
  );
  const noteRequest = (done: Forgotten, last: Lab["last"]): void =>
    setServed((before) => ({ ...before, current: done, last, requests: [...before.requests, done] }));
  const forget = useCallback(
    (row: number) =>
      change(
        (worker) => worker.ask("forget", { row }),
        (done) => noteRequest(done, "forgot"),
      ),
    [change],
  );
  const join: Lab["join"] = (features, label, onJoined) =>
    change(
      (worker) => worker.ask("join", { features, label }),
      (done) => {
        onJoined();
        setServed((before) => ({
          ...{ ...before, current: done, last: "joined" },
          joined: [...before.joined, done],
        }));
      },
    );
  const correct: Lab["correct"] = (row, label, onCorrected) =>
    change(
      (worker) => worker.ask("correct", { row, label }),
      (done) => {
        onCorrected();
        noteRequest(done, "corrected");
      },
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

  const { requests, joined } = served;
  const rowCount = data.labels.length;
  useEffect(() => {
    setBeside({ retrained: null, fan: NO_FAN });
    if (!isRetrainingBeside || requests.length === 0) return;
    let isWanted = true;
    const without = requests.flatMap(({ rows }) => rows);
    const isPlain = joined.length === 0 && !requests.some(({ isCorrection }) => isCorrection);
    const retrain = async (): Promise<void> => {
      const retrained = await engine.current!.ask("retrain", { without });
      if (isWanted) setBeside({ retrained, fan: NO_FAN });
      if (!(hasFan && isPlain && without.every((row) => row < rowCount))) return;
      const fan = await engine.current!.ask("fan", { rows: without });
      if (isWanted) setBeside({ retrained, fan });
    };
    retrain().catch(
      (reason: unknown) => isWanted && !(reason instanceof Stopped) && setError(wordsOf(reason)),
    );
    return () => {
      isWanted = false;
    };
  }, [isRetrainingBeside, requests, joined]);

  return {
    ...{ data, settings, ...served, ...beside, isRetrainingBeside, isBusy, error },
    ...{ forget, join, correct, previewed, preview },
    isForgotten: (row) => requests.some(({ rows }) => rows.includes(row)),
    retrainBeside: setRetrainingBeside,
    trainAgain: () => setRound((before) => before + 1),
  };
}
