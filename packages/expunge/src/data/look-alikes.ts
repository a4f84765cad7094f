import {
  formSubject,
  lowerCase,
  type SubjectForm,
  withoutInvisible,
  withPlainSpaces,
} from "../records/subject-form.js";

/** Ids remembered; beyond, new ones are not compared. */
const MAX_IDS = 500_000;
/** Rows named for each way in which ids differ. */
const ROWS_SHOWN = 3;

/** Ways in which ids that look alike differ, the least first: which form makes them one, and what a person would call it. */
const WAYS: readonly { readonly text: string; readonly plain: (id: string) => string }[] = [
  { text: "in their Unicode form", plain: (id) => id.normalize("NFC") },
  { text: "in invisible marks", plain: (id) => withoutInvisible(id).normalize("NFC") },
  { text: "in spaces", plain: (id) => withPlainSpaces(id).replace(/ +/g, " ").trim().normalize("NFC") },
  { text: "in upper and lower case", plain: lowerCase },
];
const SEVERAL = "in several ways";

/** Finds ids of one column that differ and look alike: one person, perhaps, of whom a request would leave half. */
export class LookAlikes {
  /** By what an id looks like: the first spelling, with its row; of an id that looks like nothing but itself the row alone. */
  private readonly firsts = new Map<string, { readonly id: string; readonly row: number } | number>();
  /** Spellings that were counted, so that each counts once. */
  private readonly others = new Set<string>();
  private readonly found = new Map<string, { ids: number; readonly rows: [number, number][] }>();
  /** Those that even "NFC-trim-lower-case" leaves two. */
  private unmended = 0;
  private last = "";
  private isFull = false;

  /** Takes in the id of one row. @param row from 1 */
  add(id: string, row: number): void {
    if (id === this.last) return;
    this.last = id;
    const look = lookOf(id);
    const known = this.firsts.get(look);
    if (known === undefined) {
      if (this.firsts.size >= MAX_IDS) this.isFull = true;
      else if (look === id) this.firsts.set(id, row);
      else this.firsts.set(look, { id, row });
      return;
    }
    const first = typeof known === "number" ? { id: look, row: known } : known;
    if (first.id === id || this.others.has(id) || this.others.size >= MAX_IDS) return;
    this.others.add(id);
    const way = WAYS.find(({ plain }) => plain(first.id) === plain(id))?.text ?? SEVERAL;
    const found = this.found.get(way) ?? { ids: 0, rows: [] };
    found.ids++;
    if (formSubject(first.id, FULL_FORM) !== formSubject(id, FULL_FORM)) this.unmended++;
    if (found.rows.length < ROWS_SHOWN) found.rows.push([first.row, row]);
    this.found.set(way, found);
  }

  /** Sentences for whoever trains, without any id; none where all look different. @param form in which the ids came */
  notes(form: SubjectForm): readonly string[] {
    if (this.found.size === 0) return [];
    const ids = [...this.found.values()].reduce((sum, found) => sum + found.ids, 0);
    const ways = [...WAYS.map(({ text }) => text), SEVERAL].flatMap((way) => {
      const found = this.found.get(way);
      if (found === undefined) return [];
      const rows = found.rows.map(([a, b]) => `${a} and ${b}`).join(", ");
      // Where all differ in one way, their number has been said.
      const howMany = this.found.size === 1 ? "" : `${found.ids} `;
      return [`${howMany}${way} (rows ${rows}${found.ids > found.rows.length ? ", ..." : ""})`];
    });
    const advice = adviceFor(form, this.unmended, ids);
    const bound = this.isFull ? ` Only the first ${MAX_IDS} ids were compared.` : "";
    return [
      `${ids} subject ${ids === 1 ? "id differs" : "ids differ"} from another that looks the same: ${ways.join("; ")}. ${advice}${bound}`,
    ];
  }
}

/** The notes on the owners of rows, in order. */
export function lookAlikeNotes(
  subjects: readonly string[] | null,
  form: SubjectForm = "none",
): readonly string[] {
  const found = new LookAlikes();
  subjects?.forEach((id, i) => {
    found.add(id, i + 1);
  });
  return found.notes(form);
}

/** The form that makes most spellings one. */
const FULL_FORM: SubjectForm = "NFC-trim-lower-case";

function adviceFor(form: SubjectForm, unmended: number, ids: number): string {
  const leaves = "A request for one spelling leaves the rows of the others.";
  const mend = "mend them in the file";
  if (form === FULL_FORM || unmended === ids) return `${leaves} If they are the same people, ${mend}.`;
  const rest = unmended === 0 ? "" : ` It leaves ${unmended} of them different: ${mend}.`;
  return `${leaves} If they are the same people, declare "subjectForm": "${FULL_FORM}" in the schema ("NFC" for the Unicode form alone).${rest}`;
}

/** Printable ASCII without spaces, which has but one form besides case. */
const PLAIN = /^[!-~]*$/;

/** What is left of an id to the eye. */
function lookOf(id: string): string {
  if (PLAIN.test(id)) return id.toLowerCase();
  const look = formSubject(id, FULL_FORM).normalize("NFKC").replace(/\s+/g, " ");
  // In capitals first: they make one of sharp s and ss.
  return look.toUpperCase().toLowerCase();
}
