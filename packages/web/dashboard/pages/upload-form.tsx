import { useRef, useState } from "preact/hooks";
import { DropArea } from "../../shared/drop-area";
import { SAMPLE_NAME, sampleTable } from "../../shared/sample-table";
import { percentText } from "../format";
import { useAction } from "../load";
import { Field } from "../parts/field";
import { Pre } from "../parts/scroll";
import { ErrorCard } from "../parts/states";
import { useSession } from "../session";
import { SchemaDraft } from "./schema-draft";

export function UploadForm({ onUploaded }: { readonly onUploaded: () => void }) {
  const { uploader } = useSession();
  const [name, setName] = useState("");
  const [schema, setSchema] = useState("");
  const [data, setData] = useState<File | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const stop = useRef<AbortController | null>(null);
  /** Whether the name is the visitor's own, not that of a file. */
  const isNamed = useRef(false);
  const { run, isBusy, error } = useAction();

  const send = (event: Event): void => {
    event.preventDefault();
    setDone(null);
    run(async () => {
      const parsed = parseSchema(schema);
      if (data === null) throw { code: "E_DATA", message: "Choose a file with the table first." };
      setSent(0);
      stop.current = new AbortController();
      const stored = await uploader(setSent, stop.current.signal)
        .datasets.create({ name: name.trim() || data.name, schema: parsed, data })
        .finally(() => setSent(null));
      setDone(`${stored.name} is stored.`);
      setName("");
      isNamed.current = false;
      setSchema("");
      setData(null);
      form.current?.reset();
      onUploaded();
    });
  };

  const chooseData = (file: File): void => {
    setData(file);
    if (!isNamed.current) setName(file.name.replace(/\.(csv|tsv|txt|parquet)(\.gz)?$/i, ""));
  };

  return (
    <form class="card" ref={form} onSubmit={send}>
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
              required={data === null}
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
            <DropArea {...wiring} accept=".json" onFiles={async ([file]) => setSchema(await file!.text())} />
          )}
        </Field>
      </div>
      {data !== null && isText(data) && <SchemaDraft file={data} onDraft={setSchema} />}
      <Field label="Schema">
        {(wiring) => (
          <textarea
            {...wiring}
            class="mono"
            rows={schema === "" ? 3 : 9}
            spellcheck={false}
            required
            placeholder='{ "version": 1, "task": "binary", … }'
            value={schema}
            onInput={(event) => setSchema(event.currentTarget.value)}
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
            {done}
          </span>
        )}
      </p>
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

function parseSchema(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw { code: "E_SCHEMA", message: `The schema is not JSON: ${(error as Error).message}.` };
  }
}
