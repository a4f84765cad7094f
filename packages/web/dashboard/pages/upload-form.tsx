import type { StoredDataset } from "@expunge/client";
import { useRef, useState } from "preact/hooks";
import { DropArea } from "../../shared/drop-area";
import { SAMPLE_LABEL, SAMPLE_NAME, sampleTable } from "../../shared/sample-table";
import { percentText } from "../format";
import { useAction } from "../load";
import { Field } from "../parts/field";
import { RowNotes } from "../parts/row-notes";
import { Pre } from "../parts/scroll";
import { ErrorCard } from "../parts/states";
import { useSession } from "../session";
import { SchemaDraft } from "./schema-draft";

/** A schema as it stands, and where it came from: a file's name is shown only while its text is what is there. */
interface SchemaText {
  readonly text: string;
  readonly from: File | "draft" | "typed";
}

const isOwnSchema = ({ text, from }: SchemaText): boolean => text !== "" && from !== "draft";

const NO_SCHEMA: SchemaText = { text: "", from: "typed" };

export function UploadForm({ onUploaded }: { readonly onUploaded: () => void }) {
  const { uploader } = useSession();
  const [name, setName] = useState("");
  const [schema, setSchema] = useState(NO_SCHEMA);
  const [data, setData] = useState<File | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  const [done, setDone] = useState<StoredDataset | null>(null);
  const stop = useRef<AbortController | null>(null);
  /** Whether the name is the visitor's own, not that of a file. */
  const isNamed = useRef(false);
  const { run, isBusy, error } = useAction();

  const send = (event: Event): void => {
    event.preventDefault();
    setDone(null);
    run(async () => {
      const parsed = parseSchema(schema.text, data);
      if (data === null) throw { code: "E_DATA", message: "Choose a file with the table first." };
      setSent(0);
      stop.current = new AbortController();
      const stored = await uploader(setSent, stop.current.signal)
        .datasets.create({ name: name.trim() || data.name, schema: parsed, data })
        .finally(() => setSent(null));
      setDone(stored);
      setName("");
      isNamed.current = false;
      setSchema(NO_SCHEMA);
      setData(null);
      onUploaded();
    });
  };

  const chooseData = (file: File): void => {
    setData(file);
    // What was drafted of another table does not fit this one.
    if (schema.from === "draft") setSchema(NO_SCHEMA);
    if (!isNamed.current) setName(file.name.replace(/\.(csv|tsv|txt|parquet)(\.gz)?$/i, ""));
  };

  const chooseSchema = async (file: File): Promise<void> =>
    setSchema({ text: await file.text(), from: file });

  return (
    <form class="card" onSubmit={send}>
      <div class="row spread">
        <h2>Upload a table</h2>
        <button type="button" onClick={() => chooseData(sampleTable(true))}>
          Take a sample table
        </button>
      </div>
      {data !== null && data.name === SAMPLE_NAME && (
        <p class="soft" role="status">
          A made-up table of 400 customers is chosen: whether each renewed, by age, years, visits and
          complaints.
        </p>
      )}
      <div class="fields">
        <Field label="Table" help="CSV (gzipped or not) or Parquet.">
          {(wiring) => (
            <DropArea
              {...wiring}
              accept=".csv,.tsv,.txt,.gz,.parquet"
              required
              chosen={data}
              onFiles={([file]) => chooseData(file!)}
            />
          )}
        </Field>
        <Field label="Name" help="What you will call it.">
          {(wiring) => (
            <input
              {...wiring}
              maxLength={200}
              value={name}
              onInput={(event) => {
                isNamed.current = event.currentTarget.value !== "";
                setName(event.currentTarget.value);
              }}
            />
          )}
        </Field>
        <Field label="Schema file" term="schema" help="Or paste the schema below.">
          {(wiring) => (
            <DropArea
              {...wiring}
              accept=".json"
              chosen={schema.from instanceof File ? schema.from : null}
              onFiles={([file]) => chooseSchema(file!)}
            />
          )}
        </Field>
      </div>
      {data !== null && isText(data) && (
        <SchemaDraft
          file={data}
          // A schema of the visitor's own is not written over unasked.
          suggested={data.name === SAMPLE_NAME && !isOwnSchema(schema) ? SAMPLE_LABEL : ""}
          onDraft={(text) => setSchema({ text, from: "draft" })}
        />
      )}
      <Field label="Schema">
        {(wiring) => (
          <textarea
            {...wiring}
            class="mono"
            rows={schema.text === "" ? 3 : 9}
            spellcheck={false}
            placeholder='{ "version": 1, "task": "binary", … }'
            value={schema.text}
            onInput={(event) => setSchema({ text: event.currentTarget.value, from: "typed" })}
          />
        )}
      </Field>
      <details>
        <summary>What is a schema?</summary>
        <p>
          It says which column is to be predicted, which one tells whose row it is, and how every other column
          becomes a number. What it holds counts as public. For a Parquet file, or to look at more than the
          first rows, draft it on the command line:
        </p>
        <Pre label="Command">
          npx expunge schema infer people.parquet --label churned --subject email --out schema.json
        </Pre>
      </details>
      <p class="row">
        <button class="primary" type="submit" disabled={isBusy}>
          {isBusy ? "Uploading…" : "Upload"}
        </button>
        {sent !== null && <Progress sent={sent} />}
        {sent !== null && (
          <button type="button" onClick={() => stop.current?.abort()}>
            Cancel
          </button>
        )}
        {done !== null && (
          <span role="status" class="good">
            {done.name} is stored.
          </span>
        )}
      </p>
      {done !== null && <RowNotes notes={done.notes} />}
      {error !== null && <ErrorCard error={error} />}
    </form>
  );
}

/** By its name: whatever is in it, the service looks. */
const isText = ({ name }: File): boolean => /\.(csv|tsv|txt)(\.gz)?$/i.test(name);

function Progress({ sent }: { readonly sent: number }) {
  return (
    <span class="row" role="status">
      <progress max={1} value={sent < 1 ? sent : undefined} aria-label="Upload" />
      <span class="soft small">{sent < 1 ? `${percentText(sent)} sent` : "Sent; the service reads it"}</span>
    </span>
  );
}

/** @param data whose schema it is, where a table is chosen */
function parseSchema(text: string, data: File | null): object {
  if (text.trim() === "") throw { code: "E_SCHEMA", message: missingSchemaText(data) };
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw { code: "E_SCHEMA", message: `The schema is not JSON: ${(error as Error).message}.` };
  }
}

const missingSchemaText = (data: File | null): string =>
  data !== null && isText(data)
    ? "Choose the column to predict: the schema is then drafted. Or give a schema of your own."
    : "There is no schema: choose its file, or paste it.";
