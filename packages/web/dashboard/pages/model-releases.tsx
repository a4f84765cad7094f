import { useState } from "preact/hooks";
import { columnWords } from "../../shared/numbers";
import { countText, plural, timeText } from "../format";
import { useAction } from "../load";
import { figuresOf, NEWEST_RELEASES, type Release, scoreColumn, scoreOf } from "../model-figures";
import { ErrorCard } from "../parts/states";
import { Table } from "../parts/table";
import { linkTo } from "../router";
import { useSession } from "../session";

const FIRST_RELEASES = 10;

function reasonOf({ kind, requestCount, joinedCount }: Release): string {
  if (kind === "training") return "training";
  if (kind === "lesson") return `${plural(joinedCount, "row")} joined`;
  return kind === "correction" ? plural(requestCount, "correction") : plural(requestCount, "request");
}

/** A page at a time: there is no end to how many a model may have. */
export function Releases({
  modelId,
  first,
  next,
}: {
  readonly modelId: string;
  readonly first: readonly Release[];
  readonly next: string | null;
}) {
  const { client, may } = useSession();
  const { isRegression } = figuresOf(first);
  const [shownCount, setShownCount] = useState(FIRST_RELEASES);
  const [known, setKnown] = useState({ items: first, next });
  const { run, isBusy, error } = useAction();
  const shown = known.items.slice(0, shownCount);
  const noises = columnWords(shown.map(({ noise }) => noise));
  const scores = scoreColumn(
    shown.map((release) => scoreOf(release, isRegression)),
    isRegression,
  );
  const readOn = (): void => {
    if (shownCount < known.items.length || known.next === null) {
      setShownCount(known.items.length);
      return;
    }
    const after = known.next;
    run(async () => {
      const page = await client.models.releases(modelId, { limit: NEWEST_RELEASES, after });
      const items = [...known.items, ...page.items];
      setKnown({ items, next: page.next });
      setShownCount(items.length);
    });
  };
  return (
    <section class="card">
      <h2>Releases</h2>
      <p class="soft">Every state of the model that was in force, newest first.</p>
      <Table
        label="All releases"
        rows={shown}
        keyOf={({ version }) => version}
        columns={[
          { name: "Released", cell: ({ releasedAt }) => timeText(releasedAt) },
          {
            name: "Why",
            cell: reasonOf,
          },
          {
            ...{ name: "Steps", isNumber: true },
            cell: ({ kind, unlearnSteps }) => (kind === "training" ? "–" : countText(unlearnSteps)),
          },
          {
            ...{ name: "Training again", isNumber: true },
            cell: ({ retrainSteps }) => (retrainSteps === 0 ? "–" : countText(retrainSteps)),
          },
          {
            ...{ name: "Noise", term: "noise", isNumber: true },
            cell: ({ noise }, place) => (noise === 0 ? "none" : noises[place]),
          },
          {
            ...{ name: isRegression ? "Error" : "Accuracy", isNumber: true },
            cell: (_, place) => scores[place],
          },
          {
            name: "Certificate",
            cell: ({ certificateId }) =>
              certificateId === null || !may("read certificates") ? (
                "–"
              ) : (
                <a href={linkTo("certificates", certificateId)}>{certificateId.slice(0, 8)}</a>
              ),
          },
        ]}
      />
      {(shownCount < known.items.length || known.next !== null) && (
        <p>
          <button type="button" disabled={isBusy} onClick={readOn}>
            Show more
          </button>
        </p>
      )}
      {error !== null && <ErrorCard error={error} />}
    </section>
  );
}
