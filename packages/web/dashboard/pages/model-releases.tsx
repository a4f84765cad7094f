import { useState } from "preact/hooks";
import { countText, numberText, plural, timeText } from "../format";
import { Explain } from "../glossary";
import { useAction } from "../load";
import { figuresOf, NEWEST_RELEASES, type Release, scoreText } from "../model-figures";
import { Scroll } from "../parts/scroll";
import { ErrorCard } from "../parts/states";
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
      <Scroll label="All releases">
        <table>
          <thead>
            <tr>
              <th scope="col">Released</th>
              <th scope="col">Why</th>
              <th scope="col" class="right">
                Steps
              </th>
              <th scope="col" class="right">
                Retraining
              </th>
              <th scope="col" class="right">
                Noise
                <Explain term="noise" about="the noise" />
              </th>
              <th scope="col" class="right">
                {isRegression ? "Error" : "Accuracy"}
              </th>
              <th scope="col">Certificate</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((release) => (
              <tr key={release.version}>
                <td>{timeText(release.releasedAt)}</td>
                <td>{reasonOf(release)}</td>
                <td class="right number">
                  {release.kind === "training" ? "–" : countText(release.unlearnSteps)}
                </td>
                <td class="right number">
                  {release.retrainSteps === 0 ? "–" : countText(release.retrainSteps)}
                </td>
                <td class="right number">{release.noise === 0 ? "none" : numberText(release.noise)}</td>
                <td class="right number">
                  {scoreText(isRegression ? release.rootMeanSquaredError : release.accuracy, isRegression)}
                </td>
                <td>
                  {release.certificateId === null || !may("read certificates") ? (
                    "–"
                  ) : (
                    <a href={linkTo("certificates", release.certificateId)}>
                      {release.certificateId.slice(0, 8)}
                    </a>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
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
