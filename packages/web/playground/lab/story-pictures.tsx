import { useEffect, useMemo, useState } from "preact/hooks";
import { atLeastWords, boundWords, countWords } from "../../shared/numbers";
import { Engine, Stopped, wordsOf } from "../work/engine";
import type { Clouds } from "../work/messages";
import { CloudPlot } from "./audit-plots";
import { POINT_SETTINGS, pointData, startPoints } from "./points";

interface Made {
  readonly clouds: Clouds | null;
  /** Why there are none. */
  readonly error: string | null;
}

/** Made once, of the example's points, by a worker that lives as long as that takes, and only where the pictures are wanted. */
export function useClouds(isWanted: boolean): Made {
  const [made, setMade] = useState<Made>({ clouds: null, error: null });
  const isMade = made.clouds !== null || made.error !== null;
  useEffect(() => {
    if (!isWanted || isMade) return;
    const engine = new Engine();
    const points = startPoints();
    engine
      .ask("clouds", { data: pointData(points), settings: POINT_SETTINGS, row: points.length - 1 })
      .then((clouds) => setMade({ clouds, error: null }))
      .catch((reason: unknown) => {
        if (!(reason instanceof Stopped)) setMade({ clouds: null, error: wordsOf(reason) });
      })
      .finally(() => engine.stop());
    return () => engine.stop();
  }, [isWanted, isMade]);
  return made;
}

/** Models that forgot, or say so, among models that never saw the point; in words each, and both for who does not see them. */
function TwoClouds({
  words: [forgot, never],
  colour,
  ...plot
}: Omit<Parameters<typeof CloudPlot>[0], "colour"> & {
  readonly colour: "ours" | "bad";
  readonly words: readonly [forgot: string, never: string];
}) {
  return (
    <figure>
      <figcaption>
        <span>
          <span class={`dot ${colour}`} /> {forgot}
        </span>
        <span>
          <span class="dot retrain" /> {never}
        </span>
      </figcaption>
      <CloudPlot {...plot} colour={`var(--${colour})`} />
    </figure>
  );
}

/** Models that forgot, and models whose maker only says so, each among models that never saw the point. */
export function TwoPictures({ clouds, error }: Made) {
  const room = useMemo(
    () => (clouds === null ? [] : [...clouds.honest, ...clouds.cheating, ...clouds.never]),
    [clouds],
  );
  if (error !== null)
    return (
      <p class="error" role="alert">
        The two pictures that belong here cannot be made: {error} The other steps of the story do without.
      </p>
    );
  if (clouds === null) return <p class="soft waiting">Training 1,500 models…</p>;
  const count = countWords(clouds.never.length);
  return (
    <>
      <div class="pair">
        <TwoClouds
          unlearned={clouds.honest}
          retrained={clouds.never}
          colour="ours"
          room={room}
          words={[`${count} models that forgot a point`, `${count} that never saw it`]}
          label={`${count} models that forgot a point lie among ${count} that never saw it.`}
        />
        <TwoClouds
          unlearned={clouds.cheating}
          retrained={clouds.never}
          colour="bad"
          room={room}
          words={[`${count} whose maker signed, but never removed the point`, "the same that never saw it"]}
          label={`${count} models that only say that they forgot lie apart from ${count} that never saw the point.`}
        />
      </div>
      <p>
        Each dot is a model, trained in this page a moment ago. On the left a model says little about whether
        it ever saw the point: ε bounds how much.{" "}
        {clouds.isCaught ? (
          <strong>
            On the right a test caught the cheat: the point can still be found in the models, further than the
            certificate allows
            {clouds.shown > clouds.certified
              ? ` (ε of at least ${atLeastWords(clouds.shown)}, where it says at most ${boundWords(clouds.certified)})`
              : ""}
            .
          </strong>
        ) : (
          <>On the right a test looked for the cheat, and did not find it this time.</>
        )}{" "}
        ε (epsilon) says how far two such clouds may lie apart.
      </p>
    </>
  );
}
