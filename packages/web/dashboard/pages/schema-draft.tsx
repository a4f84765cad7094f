import type { TableHead } from "expunge/draft";
import { useEffect, useState } from "preact/hooks";
import { Field, SelectField } from "../parts/field";
import { ErrorCard } from "../parts/states";

interface Props {
  readonly file: File;
  /** A column to predict that is chosen at once, where the table has it; empty for none. */
  readonly suggested: string;
  /** Called with a schema as text, to be read and corrected. */
  readonly onDraft: (schema: string) => void;
}

/** Drafts a schema from the first rows of a table, by the same code as the command line. It is read here, and goes nowhere. */
export function SchemaDraft({ file, suggested, onDraft }: Props) {
  const [header, setHeader] = useState<boolean | undefined>(undefined);
  const [head, setHead] = useState<TableHead | null>(null);
  const [label, setLabel] = useState("");
  const [subject, setSubject] = useState("");
  const [notes, setNotes] = useState<readonly string[]>([]);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    let isWanted = true;
    const read = async (): Promise<void> => {
      const { tableHeadOf } = await import("../draft/table-head");
      const found = await tableHeadOf(file, header);
      if (!isWanted) return;
      setHead(found);
      setLabel(found.columns.includes(suggested) ? suggested : "");
      setSubject(found.columns.find((name) => PERSON.test(name)) ?? "");
      setNotes([]);
      setError(null);
    };
    setHead(null);
    read().catch((reason: unknown) => isWanted && setError(reason));
    return () => {
      isWanted = false;
    };
  }, [file, header]);

  useEffect(() => {
    if (head === null || label === "") return;
    let isWanted = true;
    head.draft({ label, ...(subject === "" ? {} : { subject }) }).then(
      ({ text, notes }) => {
        if (!isWanted) return;
        onDraft(text);
        setNotes(notes);
        setError(null);
      },
      (reason: unknown) => isWanted && setError(reason),
    );
    return () => {
      isWanted = false;
    };
  }, [head, label, subject]);

  if (error !== null && head === null) return <ErrorCard error={error} />;
  if (head === null) return <p role="status">Reading the first rows…</p>;
  const columns = head.columns.map((name) => ({ value: name, text: name }));
  return (
    <section class="preview" aria-label="Draft of the schema">
      <h3>Draft the schema from the first rows</h3>
      <p>
        {head.notes[0] ?? ""} The first rows are read in this browser. Nothing is sent until you press Upload.
      </p>
      <div class="fields">
        <SelectField
          label="Column to predict"
          value={label}
          choices={[{ value: "", text: "choose one" }, ...columns]}
          onChange={setLabel}
        />
        <SelectField
          label="Column that says whose row it is"
          value={subject}
          choices={[{ value: "", text: "none: rows are named by number" }, ...columns]}
          onChange={setSubject}
        />
        <Field label="First line">
          {(wiring) => (
            <select
              {...wiring}
              value={head.header ? "names" : "row"}
              onChange={(event) => setHeader(event.currentTarget.value === "names")}
            >
              <option value="names">names the columns</option>
              <option value="row">is a row: there are no names</option>
            </select>
          )}
        </Field>
      </div>
      {error !== null && <ErrorCard error={error} />}
      {notes.length > 0 && (
        <details open>
          <summary>Drafted below. Read it before you upload:</summary>
          <ul class="small">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Names of columns that are most likely to say whose row it is. */
const PERSON = /e-?mail|^(user|customer|client|person|patient|subject|member)(_?id)?$/i;
