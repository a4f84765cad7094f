import { useId, useState } from "preact/hooks";
import { DropArea } from "../shared/drop-area";
import { peopleIn } from "../shared/receipts";
import { type Evidence, type Recognised, recognise, recogniseFile } from "./evidence";

interface Props {
  /** What was given so far, in words. */
  readonly names: readonly string[];
  readonly evidence: Evidence;
  readonly id: string;
  readonly onId: (id: string) => void;
  readonly onFound: (found: Recognised, name: string) => void;
  /** What could not be taken, of everything that was given at once; empty where all was. */
  readonly onErrors: (messages: readonly string[]) => void;
  readonly onClear: () => void;
}

/** Files, or a text that was pasted: the page sees by itself what each is. */
export function DropPlace({ names, evidence, id, onId, onFound, onErrors, onClear }: Props) {
  const filesId = useId();
  const [text, setText] = useState("");
  const named = peopleIn(evidence.receipts);
  const takeFiles = async (files: Iterable<File>): Promise<void> => {
    const faults: string[] = [];
    for (const file of files)
      try {
        onFound(recogniseFile(file.name, new Uint8Array(await file.arrayBuffer())), file.name);
      } catch (error) {
        faults.push(`${file.name}: ${(error as Error).message}`);
      }
    onErrors(faults);
  };
  const takeText = (): void => {
    try {
      onFound(recognise(text), "pasted");
      setText("");
      onErrors([]);
    } catch (error) {
      onErrors([(error as Error).message]);
    }
  };
  return (
    <section class="card no-print" aria-label="What to check">
      <h2>What to check</h2>
      <p>
        A certificate, a receipt, a proof of the ledger, keys, a model’s weights: the page sees what each is.
      </p>
      <div class="fields">
        <div class="field">
          <label for={filesId}>Files</label>
          <DropArea id={filesId} isMany onFiles={takeFiles} />
        </div>
        <label>
          Or paste the text of one
          <textarea
            class="mono"
            rows={2}
            spellcheck={false}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <label>
          Id of the person
          <input value={id} onInput={({ currentTarget }) => onId(currentTarget.value)} />
          <span class="soft small">
            As it stood in the table. With the person’s receipt: to see whether the certificate speaks of
            them.
            {id.trim() === "" && named.length === 1 && (
              <>
                {" "}
                Left empty, it is the one in the receipt: <strong>{named[0]}</strong>.
              </>
            )}
          </span>
        </label>
      </div>
      <div class="actions">
        <button type="button" class="primary" disabled={text.trim() === ""} onClick={takeText}>
          Take the text
        </button>
        <button type="button" disabled={names.length === 0} onClick={onClear}>
          Begin anew
        </button>
      </div>
      {names.length > 0 && (
        <ul class="given small">
          {names.map((name, i) => (
            <li key={`${i} ${name}`}>{name}</li>
          ))}
        </ul>
      )}
      {id.trim() !== "" && evidence.receipts.length === 0 && (
        <p class="bad" role="status">
          Give the person’s receipt, too: without its salt nobody can tell whether they are meant.
        </p>
      )}
    </section>
  );
}
