import type { DatasetView } from "@expunge/client";
import { dateText, featuresText, plural } from "../format";
import { allOf, useLoaded } from "../load";
import { DeleteButton } from "../parts/delete-button";
import { Badge, Facts } from "../parts/figures";
import { Await, Empty } from "../parts/states";
import { linkTo } from "../router";
import { useSession } from "../session";
import { UploadForm } from "./upload-form";

export function DataPage() {
  const { client, may } = useSession();
  const datasets = useLoaded(() => allOf(client.datasets.list), [client]);
  return (
    <>
      <div class="page-head">
        <h1>Data</h1>
        <p class="soft">
          Tables that models are trained on. Rows of people who were forgotten are erased from them.
        </p>
      </div>
      {may("upload data") && <UploadForm onUploaded={datasets.again} />}
      <Await loaded={datasets} what="data sets">
        {(items) =>
          items.length === 0 ? (
            <Empty title="No table yet">
              <p>
                {may("upload data")
                  ? "Choose a CSV or Parquet file above, or take the sample table to start with."
                  : "A key of role train or admin uploads tables."}
              </p>
            </Empty>
          ) : (
            <div class="cards">
              {items.map((dataset) => (
                <DatasetCard key={dataset.id} dataset={dataset} onDeleted={datasets.again} />
              ))}
            </div>
          )
        }
      </Await>
    </>
  );
}

function DatasetCard({
  dataset,
  onDeleted,
}: {
  readonly dataset: DatasetView;
  readonly onDeleted: () => void;
}) {
  const { client, may } = useSession();
  const { description } = dataset;
  return (
    <section class="card" aria-label={dataset.name}>
      <div class="row spread">
        <h2>{dataset.name}</h2>
        <Badge state={dataset.state} />
      </div>
      {description !== null && (
        <p class="soft">
          {plural(description.rowCount, "row")} came in, those erased since among them;{" "}
          {featuresText(description.featureCount, description.scaling.intercept)}, {description.task},{" "}
          {dataset.hasSubjects ? "with people's ids" : "without people's ids: requests name rows by number"}
        </p>
      )}
      {may("train models") && dataset.state === "ready" && (
        <p>
          <a class="button" href={`${linkTo("models", "new")}?dataset=${dataset.id}`}>
            Train a model on it
          </a>
        </p>
      )}
      <details>
        <summary>More</summary>
        <Facts
          items={[
            { name: "Id", value: <code class="mono">{dataset.id}</code> },
            { name: "Uploaded", value: dateText(dataset.createdAt) },
            ...(description === null
              ? []
              : [
                  { name: "Labels", value: description.labelNames.join(", ") || "numbers" },
                  {
                    name: "Features",
                    value:
                      description.featureNames?.join(", ") ??
                      featuresText(description.featureCount, description.scaling.intercept),
                  },
                  { name: "Row scaling", value: description.scaling.kind },
                ]),
          ]}
        />
        {may("upload data") && (
          <DeleteButton
            what="data set"
            consequence="Its rows are erased; requests and certificates stay. It must have no model any more."
            onDelete={async () => {
              await client.datasets.delete(dataset.id);
              onDeleted();
            }}
          />
        )}
      </details>
    </section>
  );
}
