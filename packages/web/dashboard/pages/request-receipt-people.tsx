import type { ReceiptList, RequestView } from "@expunge/client";
import { useState } from "preact/hooks";
import { saveFile } from "../../shared/save-file";
import { plural } from "../format";
import { Explain } from "../glossary";
import { useLoaded } from "../load";
import { useModelName } from "../model-names";
import { Facts } from "../parts/figures";
import { CopyButton, SaveButton } from "../parts/keep";
import { Await } from "../parts/states";
import { type Session, useSession } from "../session";

/** As many as the service answers at once. */
const SUBJECTS_AT_ONCE = 10_000;
/** People who have a line of their own here; the archive has them all. */
const MAX_SHOWN = 50;

interface Person {
  readonly id: string;
  readonly receipts: ReceiptList["items"][number]["receipts"];
}

interface Props {
  readonly request: RequestView;
  readonly subjects: readonly string[];
  readonly onSaved: () => void;
}

/** One file a person, so that nobody's receipt names anybody else. */
export function PersonReceipts({ request, subjects, onSaved }: Props) {
  const { client } = useSession();
  const people = useLoaded(() => readReceipts(client, request.id, subjects), [client, request.id]);
  return (
    <Await loaded={people} what="receipts">
      {(found) => (
        <>
          <p>
            <strong>Keep the receipt{found.length === 1 ? "" : "s"}.</strong> Each holds what one person needs
            to find themselves in the certificates
            <Explain term="salt" />, and names nobody else. The person’s id stands in it in clear: keep it as
            personal data. They cannot be made again once the data set is deleted.
          </p>
          {found.length === 1 ? (
            <OnePerson request={request} person={found[0]!} onSaved={onSaved} />
          ) : (
            <People request={request} people={found} onSaved={onSaved} />
          )}
        </>
      )}
    </Await>
  );
}

const fileOf = ({ id: requestId, receivedAt }: RequestView, { id, receipts }: Person): string =>
  JSON.stringify({ requestId, receivedAt, subject: id, receipts }, null, 2);

function OnePerson({
  request,
  person,
  onSaved,
}: {
  readonly request: RequestView;
  readonly person: Person;
  readonly onSaved: () => void;
}) {
  const nameOf = useModelName();
  const file = fileOf(request, person);
  return (
    <>
      <Facts
        isLong
        items={person.receipts.map(({ modelId, salt, proof }) => ({
          name: `For ${nameOf(modelId)}`,
          term: "salt",
          value: <code class="mono break">{JSON.stringify({ salt, proof })}</code>,
        }))}
      />
      <p class="row">
        <SaveButton
          name={`receipt-${request.id.slice(0, 8)}.json`}
          text={file}
          what="receipt"
          onSaved={onSaved}
        />
        <CopyButton text={file} what="receipt" onCopied={onSaved} />
      </p>
    </>
  );
}

function People({
  request,
  people,
  onSaved,
}: {
  readonly request: RequestView;
  readonly people: readonly Person[];
  readonly onSaved: () => void;
}) {
  const [isPacking, setPacking] = useState(false);
  const name = `receipts-${request.id.slice(0, 8)}`;
  const saveAll = async (): Promise<void> => {
    setPacking(true);
    const { strToU8, zipSync } = await import("fflate");
    // Numbered: an id in a file's name would be read by whoever sees the folder.
    const files = people.map(
      (person, i) => [`${name}/person-${i + 1}.json`, strToU8(fileOf(request, person))] as const,
    );
    saveFile(`${name}.zip`, zipSync(Object.fromEntries(files)));
    setPacking(false);
    onSaved();
  };
  return (
    <>
      <p class="row">
        <button type="button" disabled={isPacking} onClick={saveAll}>
          Save {plural(people.length, "receipt")}, a file for each person
        </button>
      </p>
      <details>
        <summary>One by one</summary>
        <ul class="requests">
          {people.slice(0, MAX_SHOWN).map((person, i) => (
            <li class="request row spread" key={person.id}>
              <span>
                {i + 1}. {person.id}
              </span>
              <SaveButton
                name={`${name}-person-${i + 1}.json`}
                text={fileOf(request, person)}
                what="receipt"
                about={` of person ${i + 1}`}
              />
            </li>
          ))}
        </ul>
        {people.length > MAX_SHOWN && (
          <p class="soft small">
            {plural(people.length - MAX_SHOWN, "more person is", "more people are")} in the archive.
          </p>
        )}
      </details>
    </>
  );
}

async function readReceipts(
  client: Session["client"],
  id: string,
  subjects: readonly string[],
): Promise<readonly Person[]> {
  const people: Person[] = [];
  for (let at = 0; at < subjects.length; at += SUBJECTS_AT_ONCE) {
    const named = subjects.slice(at, at + SUBJECTS_AT_ONCE);
    const found = await client.requests.receipts(id, { subjects: named });
    for (const [i, { receipts }] of found.items.entries()) people.push({ id: named[i]!, receipts });
  }
  return people;
}
