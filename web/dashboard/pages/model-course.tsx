import type { ProcessConstants } from "expunge/accounting";
import type { ModelView } from "expunge/client";
import { useEffect, useState } from "preact/hooks";
import type { CourseCase } from "../charts/course-case";
import { timeText } from "../format";
import { lazy } from "../lazy";
import { useLoaded } from "../load";
import { SelectField } from "../parts/field";
import { Await } from "../parts/states";
import { useSession } from "../session";
import { caseOf, readStatement } from "../statement";

const CourseFigure = lazy(async () => (await import("../charts/course-figure")).CourseFigure);

type Plan = NonNullable<ModelView["plan"]>;

/** The timeline of one of the model's requests, drawn from its certificate; or of one that could come now. */
export function ModelCourse({ model, plan }: { readonly model: ModelView; readonly plan: Plan }) {
  const { client, may } = useSession();
  const isReader = may("list certificates");
  const steps = model.timeline?.steps ?? 0;
  const certificates = useLoaded(
    async () => (isReader ? (await client.certificates.list({ modelId: model.id, limit: 50 })).items : []),
    [client, model.id, isReader, steps],
  );
  const [chosen, setChosen] = useState("");
  const newest = certificates.value?.[0]?.id;
  // It stays in sight: a picture that changes by itself when the next request is served could not be studied.
  useEffect(() => {
    if (chosen === "" && newest !== undefined) setChosen(newest);
  }, [newest]);
  return (
    <section class="card">
      <h2>How the trace of a person fades</h2>
      <p class="soft">
        Between the model that was trained on somebody and one that never saw them there is a distance. Steps
        shrink it, noise hides the rest.
      </p>
      <Await loaded={certificates} what="timeline">
        {(items) => {
          const certificate =
            items.find(({ id }) => id === chosen) ?? (chosen === "now" ? undefined : items[0]);
          const choices = [
            ...items.map(({ id, createdAt }) => ({
              value: id,
              text: `the request of ${timeText(createdAt)} (${id.slice(0, 8)})`,
            })),
            { value: "now", text: "a request that came now" },
          ];
          return (
            <>
              {items.length > 0 && (
                <SelectField
                  label="Show"
                  value={certificate?.id ?? "now"}
                  choices={choices}
                  onChange={setChosen}
                />
              )}
              <CourseFigure
                key={certificate?.id ?? "now"}
                shown={certificate ? caseOf(readStatement(certificate.envelope)) : caseNow(plan, steps)}
              />
              {!isReader && (
                <p class="soft small">
                  Where forgotten people stood in the training is in the certificates, which a key of role
                  audit reads.
                </p>
              )}
            </>
          );
        }}
      </Await>
    </section>
  );
}

/** One row, in the batch that was looked at last: no row would take longer. */
function caseNow(plan: Plan, steps: number): CourseCase {
  const { process, sigma, target } = plan;
  const constants: ProcessConstants = { ...process, radius: process.radius ?? Number.POSITIVE_INFINITY };
  return { process: constants, sigma, target, deleted: null, stepsBefore: steps, stepsAfter: null };
}
