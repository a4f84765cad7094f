import type { RequestPreview } from "@expunge/client";
import { useRef, useState } from "preact/hooks";
import { DropArea } from "../../shared/drop-area";
import { SAMPLE_NAME, samplePerson } from "../../shared/sample-table";
import { useLive } from "../activity";
import { useHeldReceipts } from "../held-receipts";
import { allOf, useAction, useLoaded } from "../load";
import { Field, SelectField } from "../parts/field";
import { ErrorCard } from "../parts/states";
import { useSession } from "../session";
import { newIdempotencyKey } from "./idempotency-key";
import { idsInFile } from "./ids-in-file";
import { ShownPreview } from "./request-outcome";
import { Receipt } from "./request-receipt";

type Named = "subjects" | "rows";

interface Draft {
  readonly datasetId: string;
  readonly by: Named;
  readonly text: string;
  readonly unknown: "refuse" | "skip";
  /** Empty for none. */
  readonly reference: string;
  /** A day, as a date field writes it; empty for the service's own. */
  readonly dueOn: string;
}

/** What is sent: people by their ids, or rows by their numbers. @throws what an ErrorCard shows */
function namedOf({ datasetId, by, text, unknown }: Draft) {
  const lines = text
    .split(by === "rows" ? /[\s,;]+/ : /\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (datasetId === "") throw { code: "E_REQUEST", message: "Say first which data set the people are in." };
  if (lines.length === 0) throw { code: "E_REQUEST", message: "Name at least one person or row." };
  if (by === "subjects") return { datasetId, subjects: lines, unknown };
  const rows = lines.map(Number);
  const wrong = lines.find((_, i) => !Number.isSafeInteger(rows[i]) || rows[i]! < 0);
  if (wrong !== undefined)
    throw { code: "E_REQUEST", message: `Expected row numbers from 0 on, found "${wrong}".` };
  return { datasetId, rows };
}

/** What goes with it: a reference, and by when it must be done, which is the end of a day here. */
function notedOf({ reference, dueOn }: Draft): { reference?: string; dueAt?: string } {
  return {
    ...(reference.trim() === "" ? {} : { reference: reference.trim() }),
    ...(dueOn === "" ? {} : { dueAt: new Date(`${dueOn}T23:59:59`).toISOString() }),
  };
}

/** What the sample is called where nobody names it otherwise. */
const SAMPLE_DATASET = SAMPLE_NAME.replace(/\.csv$/, "");

/** Of this computer's calendar, as a date field writes it. */
const today = (): string => new Intl.DateTimeFormat("sv").format(new Date());

export function RequestForm() {
  const { client, may } = useSession();
  /** A first line of a file that names the column, and was left out. */
  const [header, setHeader] = useState<string | null>(null);
  const [draft, setDraft] = useState<Draft>({
    datasetId: "",
    by: "subjects",
    text: "",
    unknown: "refuse",
    ...{ reference: "", dueOn: "" },
  });
  const [isSample, setSample] = useState(false);
  const [preview, setPreview] = useState<RequestPreview | null>(null);
  const { receipts, add } = useHeldReceipts();
  const idempotencyKey = useRef("");
  const asking = useRef(0);
  const { run, isBusy, error, clear } = useAction();

  const set = (change: Partial<Draft>): void => {
    setDraft((before) => ({ ...before, ...change }));
    setHeader(null);
    clear();
    // What was shown was the cost of something else, unless only a note beside it has changed.
    if (Object.keys(change).some((name) => name !== "reference" && name !== "dueOn")) {
      asking.current++;
      setPreview(null);
    }
  };
  const takeFile = (file: File): void => {
    run(async () => {
      const isReadable = draft.by === "subjects" && draft.datasetId !== "" && may("read data sets");
      const schema = isReadable ? await client.datasets.schema(draft.datasetId).catch(() => null) : null;
      const found = idsInFile(await file.text(), schema?.subject ?? null);
      set({ text: found.ids.join("\n") });
      setHeader(found.header);
    });
  };
  const look = (event: Event): void => {
    event.preventDefault();
    const turn = ++asking.current;
    run(async () => {
      idempotencyKey.current = newIdempotencyKey();
      const found = await client.requests.preview(namedOf(draft));
      if (turn === asking.current) setPreview(found);
    });
  };
  const send = (): void => {
    run(async () => {
      const named = namedOf(draft);
      const accepted = await client.requests.submit(
        { ...named, ...notedOf(draft) },
        { idempotencyKey: idempotencyKey.current },
      );
      add({ accepted, subjects: named.subjects ?? [] });
      setPreview(null);
      setDraft((before) => ({ ...before, text: "", reference: "", dueOn: "" }));
    });
  };

  return (
    <section class="card" aria-label="New request">
      <h2>New request</h2>
      <form onSubmit={look}>
        <div class="fields">
          <DatasetField
            value={draft.datasetId}
            onChange={(datasetId, name) => {
              setSample(name === SAMPLE_DATASET);
              set({ datasetId });
            }}
          />
          <SelectField
            label="Who is named by"
            value={draft.by}
            choices={[
              { value: "subjects", text: "ids of people" },
              { value: "rows", text: "numbers of rows" },
            ]}
            onChange={(by) => set({ by: by as Named })}
          />
          {draft.by === "subjects" && (
            <SelectField
              label="Ids that nobody knows"
              term="unknown"
              value={draft.unknown}
              choices={[
                { value: "refuse", text: "refuse the request" },
                { value: "skip", text: "pass over them" },
              ]}
              onChange={(unknown) => set({ unknown: unknown as Draft["unknown"] })}
            />
          )}
        </div>
        <Field
          label={draft.by === "subjects" ? "People to forget" : "Rows to forget"}
          help={
            draft.by === "subjects"
              ? `One id a line, as in the table's subject column${isSample ? ` (in the sample: ${samplePerson(5)})` : ""}. Only keyed hashes of ids are stored.`
              : "Numbers from 0 on, in the order of the table."
          }
        >
          {(wiring) => (
            <textarea
              {...wiring}
              rows={3}
              spellcheck={false}
              value={draft.text}
              onInput={(event) => set({ text: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field
          label={draft.by === "subjects" ? "Or a file of ids" : "Or a file of row numbers"}
          help="One a line; of a CSV the first column. It is read here, and put into the list above."
        >
          {(wiring) => (
            <DropArea
              {...wiring}
              accept=".txt,.csv,text/plain,text/csv"
              onFiles={([file]) => takeFile(file!)}
            />
          )}
        </Field>
        {header !== null && (
          <p class="small" role="status">
            The first line, “{header}”, is the name of the column of people: it was left out.
          </p>
        )}
        <div class="fields">
          <Field
            label="Your reference"
            help="A ticket’s number, for instance. It is stored as it is: name nobody."
          >
            {(wiring) => (
              <input
                {...wiring}
                maxLength={200}
                value={draft.reference}
                onInput={(event) => set({ reference: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field label="Due" term="due" help="Left empty: 30 days from now.">
            {(wiring) => (
              <input
                {...wiring}
                type="date"
                min={today()}
                value={draft.dueOn}
                onInput={(event) => set({ dueOn: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
        {preview === null && (
          <p>
            <button class="primary" type="submit" disabled={isBusy}>
              {isBusy ? "Working it out…" : "Show what it will cost"}
            </button>
          </p>
        )}
      </form>
      {error !== null && <ErrorCard error={error} />}
      {preview !== null && (
        <ShownPreview
          preview={preview}
          datasetId={draft.datasetId}
          isBusy={isBusy}
          onSend={send}
          onBack={() => setPreview(null)}
        />
      )}
      {/* Those of earlier requests would read as what comes of this one. They are kept, and take no focus when they come back. */}
      <div hidden={preview !== null}>
        {receipts.map((receipt) => (
          <Receipt key={receipt.accepted.request.id} {...receipt} />
        ))}
      </div>
    </section>
  );
}

/** A list where the role may read data sets; else an id that one has been told. */
function DatasetField({
  value,
  onChange,
}: {
  readonly value: string;
  /** @param name where it is known */
  readonly onChange: (id: string, name?: string) => void;
}) {
  const { client, may } = useSession();
  const { activity } = useLive();
  const isReader = may("read data sets");
  const datasets = useLoaded(
    async () => (isReader ? await allOf(client.datasets.list) : []),
    [client, isReader],
  );
  if (isReader && datasets.state === "error")
    return <ErrorCard error={datasets.error} onRetry={datasets.again} />;
  if (isReader) {
    const ready = (datasets.value ?? []).filter(({ state }) => state === "ready");
    return (
      <SelectField
        label="Data set"
        value={value}
        choices={[
          { value: "", text: "choose one" },
          ...ready.map(({ id, name }) => ({ value: id, text: name })),
        ]}
        onChange={(id) => onChange(id, ready.find((one) => one.id === id)?.name)}
      />
    );
  }
  const known = new Set(
    [...(activity?.open ?? []), ...(activity?.recent ?? [])].map(({ datasetId }) => datasetId),
  );
  return (
    <Field label="Data set" help="Its id, as whoever runs the service has told you.">
      {(wiring) => (
        <>
          <input
            {...wiring}
            class="mono"
            list="known-datasets"
            value={value}
            onInput={(event) => onChange(event.currentTarget.value.trim())}
          />
          <datalist id="known-datasets">
            {[...known].map((id) => (
              <option key={id} value={id} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
