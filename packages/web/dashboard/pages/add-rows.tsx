import type { AdditionView } from "@expunge/client";
import { useState } from "preact/hooks";
import { DropArea } from "../../shared/drop-area";
import { countText, plural } from "../format";
import { useAction } from "../load";
import { Field } from "../parts/field";
import { RowNotes } from "../parts/row-notes";
import { ErrorCard } from "../parts/states";
import { useSession } from "../session";
import { newIdempotencyKey } from "./idempotency-key";

/** Takes a table of rows that come to a data set. */
export function AddRows({
  datasetId,
  onAdded,
}: {
  readonly datasetId: string;
  readonly onAdded: () => void;
}) {
  const { client } = useSession();
  const [file, setFile] = useState<File | null>(null);
  const [key, setKey] = useState("");
  const [added, setAdded] = useState<AdditionView | null>(null);
  const { run, isBusy, error } = useAction();
  const choose = (chosen: File): void => {
    setFile(chosen);
    // Sent twice it is added once.
    setKey(newIdempotencyKey());
    setAdded(null);
  };
  const send = (event: Event): void => {
    event.preventDefault();
    run(async () => {
      setAdded(await client.datasets.addRows(datasetId, file as File, { idempotencyKey: key }));
      onAdded();
    });
  };
  return (
    <details>
      <summary>Add rows</summary>
      <form onSubmit={send}>
        <Field
          label="A table of new rows"
          help="CSV or Parquet, with the columns of the table that the data set was made of. The rows are in the data set at once, and in its models by their next lessons. Models for adaptive requesters never learn them."
        >
          {(wiring) => (
            <DropArea
              {...wiring}
              accept=".csv,.tsv,.gz,.parquet"
              required
              onFiles={([chosen]) => choose(chosen!)}
            />
          )}
        </Field>
        <p>
          <button type="submit" disabled={isBusy || file === null}>
            {isBusy ? "Adding…" : "Add the rows"}
          </button>
        </p>
        {added !== null && (
          <p role="status">
            {plural(added.rowCount, "row")} {added.isRepeated ? "had been added before" : "added"}, from row{" "}
            {countText(added.firstRow)} on.
          </p>
        )}
        {added !== null && <RowNotes notes={added.notes} />}
        {error !== null && <ErrorCard error={error} />}
      </form>
    </details>
  );
}
