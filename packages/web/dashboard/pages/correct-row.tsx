import type { AcceptedCorrection, CorrectionPreview, NewCorrection, RowRecord } from "@expunge/client";
import { useRef, useState } from "preact/hooks";
import { plural } from "../format";
import { useAction, useLoaded } from "../load";
import { Field } from "../parts/field";
import { RowNotes } from "../parts/row-notes";
import { Await, ErrorCard } from "../parts/states";
import { linkTo } from "../router";
import { useSession } from "../session";
import { newIdempotencyKey } from "./idempotency-key";
import { ShownPreview } from "./request-outcome";

interface Place {
  readonly datasetId: string;
  readonly onSent: () => void;
}

/** Takes a row as it is from now on. Whose it is, or its number, says which row it replaces. */
export function CorrectRow({ datasetId, onSent }: Place) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Correct a row</summary>
      {isOpen && <Columns datasetId={datasetId} onSent={onSent} />}
    </details>
  );
}

interface Columns {
  readonly subject: string | null;
  readonly names: readonly string[];
}

function Columns({ datasetId, onSent }: Place) {
  const { client } = useSession();
  const columns = useLoaded(
    async () => columnsOf(await client.datasets.schema(datasetId)),
    [client, datasetId],
  );
  return (
    <Await loaded={columns} what="columns">
      {(found) => <RowForm datasetId={datasetId} onSent={onSent} columns={found} />}
    </Await>
  );
}

/** Of the table, as the schema names them: whose row it is, the label, and the rest. */
function columnsOf(schema: Record<string, unknown>): Columns {
  const { subject, label, weight, columns } = schema as {
    readonly subject: string | null;
    readonly label: { readonly column: string };
    readonly weight?: string;
    readonly columns: readonly { readonly name: string }[];
  };
  const names = [
    ...(subject === null ? [] : [subject]),
    ...columns.map(({ name }) => name),
    ...(weight === undefined ? [] : [weight]),
    label.column,
  ];
  return { subject, names: [...new Set(names)] };
}

function RowForm({ datasetId, onSent, columns }: Place & { readonly columns: Columns }) {
  const { client } = useSession();
  const [cells, setCells] = useState<RowRecord>({});
  const [row, setRow] = useState("");
  const [preview, setPreview] = useState<CorrectionPreview | null>(null);
  const [accepted, setAccepted] = useState<AcceptedCorrection | null>(null);
  const key = useRef("");
  const { run, isBusy, error, clear } = useAction();
  const changed = (): void => {
    setPreview(null);
    setAccepted(null);
    clear();
  };
  const correction = (): NewCorrection => ({
    datasetId,
    to: [Object.fromEntries(columns.names.map((name) => [name, cells[name] ?? ""]))],
    ...(row.trim() === "" ? {} : { rows: [Number(row)] }),
  });
  const look = (event: Event): void => {
    event.preventDefault();
    run(async () => {
      key.current = newIdempotencyKey();
      setPreview(await client.requests.previewCorrection(correction()));
    });
  };
  const send = (): void => {
    run(async () => {
      const sent = await client.requests.correct(correction(), { idempotencyKey: key.current });
      setPreview(null);
      setAccepted(sent);
      onSent();
    });
  };
  const { subject } = columns;
  return (
    <form onSubmit={look} onInput={changed}>
      <p class="soft small">
        The whole row as it is from now on. The old value is forgotten as a deleted row is, with a
        certificate.
      </p>
      <div class="fields">
        <Field
          label="Number of the row"
          help={
            subject === null
              ? "From 0 on, in the order of the table."
              : "Only where this person has several rows; else left empty."
          }
        >
          {(wiring) => (
            <input
              {...wiring}
              inputMode="numeric"
              required={subject === null}
              pattern="\d+"
              value={row}
              onInput={(event) => setRow(event.currentTarget.value)}
            />
          )}
        </Field>
        {columns.names.map((name) => (
          <Field key={name} label={name}>
            {(wiring) => (
              <input
                {...wiring}
                autocomplete="off"
                required={name === subject}
                value={String(cells[name] ?? "")}
                onInput={(event) => setCells({ ...cells, [name]: event.currentTarget.value })}
              />
            )}
          </Field>
        ))}
      </div>
      {preview === null && (
        <p>
          <button type="submit" disabled={isBusy}>
            {isBusy ? "Working it out…" : "Show what it will cost"}
          </button>
        </p>
      )}
      {error !== null && <ErrorCard error={error} />}
      {preview !== null && (
        <RowNotes notes={preview.notes} lead="The schema hardly knows some cells of the new row:" />
      )}
      {preview !== null && (
        <ShownPreview
          kind="correction"
          datasetId={datasetId}
          preview={preview}
          isBusy={isBusy}
          onSend={send}
          onBack={() => setPreview(null)}
        />
      )}
      {accepted !== null && (
        <p role="status">
          Accepted: {plural(accepted.request.rowCount, "row")} will be replaced, and what becomes of it stands
          at <a href={linkTo("requests", accepted.request.id)}>its request</a>.
        </p>
      )}
      {accepted !== null && <RowNotes notes={accepted.notes} />}
    </form>
  );
}
