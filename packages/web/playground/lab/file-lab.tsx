import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { DropArea } from "../../shared/drop-area";
import { countWords } from "../../shared/numbers";
import { sampleTable } from "../../shared/sample-table";
import { useAddress } from "../address";
import { wordsOf } from "../work/engine";
import type { LabData, LabSettings } from "../work/messages";
import { type CsvTable, dataOf, guessLabel, readCsv } from "./csv";
import { LabPage } from "./lab-page";
import { deltaFor } from "./lab-settings";
import { RowTable } from "./row-table";
import { useLab } from "./use-lab";

const startFor = (rowCount: number): LabSettings => ({
  ...{ epsilon: 1, delta: deltaFor(rowCount), maxNoise: 0.1 },
  ...{ batchSize: 10, epochs: 40 },
});

interface Opened {
  /** Of the file as it was opened. */
  readonly id: number;
  readonly table: CsvTable;
  readonly labelColumn: number;
}

/** A table of the visitor's own. It is read by this page and goes nowhere. */
export function FileLab() {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [error, setError] = useState<string | null>(null);
  const lastId = useRef(0);
  const open = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    try {
      const table = await readCsv(file);
      setOpened({ id: ++lastId.current, table, labelColumn: guessLabel(table) });
      setError(null);
    } catch (reason) {
      setOpened(null);
      setError(wordsOf(reason));
    }
  };
  useAddress({ data: "file" });
  // Not an empty page: an example, until the visitor has a file.
  // Once
  useEffect(() => void open(sampleTable(false)), []);
  const made = useMemo(() => tryData(opened), [opened]);
  return (
    <>
      <FileChoice onFile={open} />
      {opened && (
        <LabelChoice opened={opened} onChange={(labelColumn) => setOpened({ ...opened, labelColumn })} />
      )}
      {(error ?? made?.error) && (
        <p class="card error" role="alert">
          {error ?? made?.error}
        </p>
      )}
      {opened && made?.data && <TableLab key={opened.id} table={opened.table} data={made.data} />}
    </>
  );
}

function tryData(opened: Opened | null): { readonly data?: LabData; readonly error?: string } | null {
  if (opened === null) return null;
  try {
    return { data: dataOf(opened.table, opened.labelColumn) };
  } catch (reason) {
    return { error: wordsOf(reason) };
  }
}

function FileChoice({ onFile }: { readonly onFile: (file: File | undefined) => void }) {
  const id = useId();
  return (
    <section class="card" aria-label="Your file">
      <label for={id}>
        <strong>A CSV file of your own</strong>
      </label>
      <DropArea id={id} accept=".csv,text/csv" onFiles={([file]) => onFile(file)} />
      <p class="soft small">
        Names of columns in the first line, then numbers; one column may hold the label as text. The file is
        read by this page in your browser: it is not sent anywhere. Until then there is a made-up example
        below.
      </p>
    </section>
  );
}

function LabelChoice(props: { readonly opened: Opened; readonly onChange: (column: number) => void }) {
  const id = useId();
  const { table, labelColumn } = props.opened;
  return (
    <p class="label-choice">
      <strong>{table.name}</strong>, {countWords(table.rows.length)} rows.{" "}
      <label for={id}>Learn to predict</label>{" "}
      <select
        id={id}
        value={labelColumn}
        onChange={({ currentTarget }) => props.onChange(Number(currentTarget.value))}
      >
        {table.columns.map((name, column) => (
          <option key={name} value={column}>
            {name}
          </option>
        ))}
      </select>
    </p>
  );
}

/** Give it a key that changes with the table: another table begins with settings of its own. */
function TableLab({ table, data }: { readonly table: CsvTable; readonly data: LabData }) {
  const [settings, setSettings] = useState(() => startFor(table.rows.length));
  const lab = useLab(data, settings);
  return (
    <LabPage lab={lab} noun="row" onSettings={setSettings}>
      <RowTable lab={lab} table={table} />
    </LabPage>
  );
}
