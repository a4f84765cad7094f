import { useRef, useState } from "preact/hooks";
import { DropArea } from "../../shared/drop-area";
import { percentText } from "../format";
import { useAction } from "../load";
import { Field } from "../parts/field";
import { Pre } from "../parts/scroll";
import { ErrorCard } from "../parts/states";
import { useSession } from "../session";

/** As `expunge schema infer` drafts it, shortened. */
const EXAMPLE = `{
  "version": 1,
  "task": "binary",
  "label": { "column": "churned", "positive": ["yes"], "negative": ["no"] },
  "subject": "email",
  "columns": [
    { "name": "age", "kind": "numeric", "centre": 40, "scale": 15 },
    { "name": "plan", "kind": "categorical", "categories": ["free", "paid"] }
  ]
}`;

export function UploadForm({ onUploaded }: { readonly onUploaded: () => void }) {
  const { uploader } = useSession();
  const [name, setName] = useState("");
  const [schema, setSchema] = useState("");
  const [data, setData] = useState<File | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [note, setNote] = useState<string | null>(null);
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
      setNote(null);
      setSchema("");
      setData(null);
      form.current?.reset();
      onUploaded();
    });
  };

  const chooseData = (file: File): void => {
    setData(file);
    if (!isNamed.current) setName(file.name.replace(/\.(csv|parquet)(\.gz)?$/i, ""));
    setNote(null);
    noteOf(file).then(setNote, () => {});
  };

  return (
    <form class="card" ref={form} onSubmit={send}>
      <h2>Upload a table</h2>
      <div class="fields">
        <Field label="Table" help="CSV (gzipped or not) or Parquet.">
          {(wiring) => (
            <DropArea
              {...wiring}
              accept=".csv,.gz,.parquet"
              required
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
      {note !== null && <p role="status">{note}</p>}
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
        <summary>I have no schema yet</summary>
        <p>Let the command line draft one from the table, then read it and correct what it guessed:</p>
        <Pre label="Command">
          npx expunge schema infer people.csv --label churned --subject email --out schema.json
        </Pre>
        <p>
          It says which column is to be predicted, which one tells whose row it is, and how every other column
          becomes a number. What it holds counts as public. For example:
        </p>
        <Pre label="Example of a schema">{EXAMPLE}</Pre>
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

const LOOKED_AT_BYTES = 16_384;

/** What a schema must say of a CSV that is written otherwise than most; null where there is nothing to say. */
async function noteOf(file: File): Promise<string | null> {
  if (!/\.csv$/i.test(file.name)) return null;
  const [line = ""] = (await file.slice(0, LOOKED_AT_BYTES).text()).split(/\r?\n/);
  const count = (mark: string): number => line.split(mark).length - 1;
  if (count(";") > count(","))
    return 'The cells of this file are separated by semicolons. Say so in the schema: "csv": { "delimiter": ";" }. The command below drafts it.';
  if (line.split(",").every((cell) => cell.trim() !== "" && Number.isFinite(Number(cell))))
    return 'The first line of this file holds numbers, not names of columns. Say so in the schema: "csv": { "header": false }, or add a line of names.';
  return null;
}

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
