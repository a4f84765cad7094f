import { ExpungeError } from "expunge";
import type { Schema } from "expunge/data";
import { DEMO_SCHEMA } from "./demo-schema.js";
import { type SeededRandom, seededRandom } from "./seeded-random.js";

export interface DemoDataOptions {
  /** An integer; the same seed gives the same text. Default 2025. */
  readonly seed?: number;
  /** Rows of the whole table. Default 12,000. */
  readonly rowCount?: number;
  /** Share of people whose rows all go to the test set, in (0, 1). Default 0.2. */
  readonly testShare?: number;
}

/** A made-up table of telecom customers, whole and split by person. Every text is CSV with a header line. */
export interface DemoData {
  readonly all: string;
  readonly train: string;
  readonly test: string;
  readonly schema: Schema;
  readonly trainRowCount: number;
  readonly testRowCount: number;
  /** In order of first appearance; nobody is in both. */
  readonly trainSubjects: readonly string[];
  readonly testSubjects: readonly string[];
}

type Plan = "basic" | "standard" | "family" | "premium";
type Contract = "monthly" | "yearly" | "two-year";

/** What stays the same over a person's rows. `discontent` is never written: the model has to infer it. */
interface Person {
  readonly email: string;
  readonly plan: Plan;
  readonly contract: Contract;
  readonly payment: string;
  readonly region: string;
  readonly discontent: number;
  readonly tenure: number;
  readonly fee: number;
  readonly usageLevel: number;
  readonly firstMonth: number;
  readonly rowCount: number;
}

const HEADER = [
  "customer",
  "month",
  "plan",
  "contract",
  "payment",
  "region",
  "tenure_months",
  "monthly_fee",
  "usage_gb",
  "days_since_login",
  "support_calls",
  "late_payments",
  "satisfaction",
  "leaves",
];
const FIRST_NAMES =
  "ada amir anna bruno carla chen dana elif emil farah goran hana ines ivan jonas kofi lea lin mara milan nadia noor olga omar pia rafa rosa sam sven tara uma viktor wanda yara yusuf zoe".split(
    " ",
  );
const LAST_NAMES =
  "adeyemi almeida baker berg costa diaz fischer garcia haddad ito jansen kaya keller kovacs kumar larsen lopez mensah meyer moreau nagy novak okafor olsen petrov rossi santos schmidt silva singh tanaka varga weber yilmaz".split(
    " ",
  );
const FEES: Readonly<Record<Plan, number>> = { basic: 18, standard: 29, family: 46, premium: 62 };

/**
 * Customers of a telecom company with one to eight monthly snapshots each; `leaves` says whether the customer left
 * within three months of the snapshot. Counts, skewed amounts, categories and missing values ("?") as real tables have
 * them; a linear model reaches a test accuracy of about 0.83, and about a third of the rows say "yes".
 *
 * @throws ExpungeError E_OPTION
 */
export function generateDemoData(options: DemoDataOptions = {}): DemoData {
  const { seed = 2025, rowCount = 12_000, testShare = 0.2 } = options;
  requireOption(Number.isSafeInteger(seed), "seed", seed, "to be an integer");
  requireOption(
    Number.isSafeInteger(rowCount) && rowCount >= 2,
    "rowCount",
    rowCount,
    "to be an integer of at least 2",
  );
  requireOption(testShare > 0 && testShare < 1, "testShare", testShare, "in (0, 1)");

  const random = seededRandom(seed);
  // The split has its own stream, so that another share leaves the table as it is.
  const splitRandom = seededRandom(seed ^ 0x5f3759df);
  const all = new Table();
  const train = new Table();
  const test = new Table();
  for (let number = 1; all.rowCount < rowCount; number++) {
    const person = drawPerson(random, number);
    const part = splitRandom.chance(testShare) ? test : train;
    for (let i = 0; i < person.rowCount && all.rowCount < rowCount; i++) {
      const row = drawRow(random, person, i);
      all.add(person.email, row);
      part.add(person.email, row);
    }
  }
  return Object.freeze({
    all: all.text(),
    train: train.text(),
    test: test.text(),
    schema: DEMO_SCHEMA,
    trainRowCount: train.rowCount,
    testRowCount: test.rowCount,
    trainSubjects: train.subjects(),
    testSubjects: test.subjects(),
  });
}

/** Lines of a CSV text. No field holds a comma, a quote or a line break, so none is quoted. */
class Table {
  readonly #lines: string[] = [HEADER.join(",")];
  readonly #subjects = new Set<string>();

  get rowCount(): number {
    return this.#lines.length - 1;
  }

  add(subject: string, row: readonly string[]): void {
    this.#lines.push(row.join(","));
    this.#subjects.add(subject);
  }

  text(): string {
    return this.#lines.join("\n") + "\n";
  }

  subjects(): readonly string[] {
    return Object.freeze([...this.#subjects]);
  }
}

function drawPerson(random: SeededRandom, number: number): Person {
  const first = FIRST_NAMES[random.integer(0, FIRST_NAMES.length - 1)]!;
  const last = LAST_NAMES[random.integer(0, LAST_NAMES.length - 1)]!;
  const plan = random.weighted<Plan>({ basic: 30, standard: 40, family: 20, premium: 10 });
  const contract = random.weighted<Contract>({ monthly: 50, yearly: 32, "two-year": 18 });
  return {
    email: `${first}.${last}.${String(number).padStart(4, "0")}@example.com`,
    plan,
    contract,
    payment: random.weighted({ card: 45, "direct debit": 33, invoice: 18, "?": 4 }),
    region: random.weighted({ north: 20, east: 25, south: 30, west: 25 }),
    discontent: random.normal(),
    tenure: Math.floor(Math.exp(2.7 + 0.9 * random.normal())),
    fee: FEES[plan] * (1 + 0.12 * random.normal()),
    usageLevel: 2.4 + 0.5 * random.normal() + (plan === "premium" ? 0.8 : plan === "family" ? 0.5 : 0),
    firstMonth: random.integer(0, 16),
    rowCount: random.integer(1, 8),
  };
}

function drawRow(random: SeededRandom, person: Person, index: number): readonly string[] {
  const mood = person.discontent + 0.35 * random.normal();
  const tenure = person.tenure + index;
  const usage = Math.exp(person.usageLevel - 0.25 * mood + 0.4 * random.normal());
  const daysSinceLogin = Math.floor(-Math.log(1 - random.uniform()) * 6 * Math.exp(0.6 * mood));
  const supportCalls = random.poisson(0.7 * Math.exp(0.55 * mood));
  const latePayments = random.poisson(person.payment === "invoice" ? 0.8 : 0.3);
  const satisfaction = Math.min(5, Math.max(1, Math.round(3.3 - 0.9 * mood + 0.5 * random.normal())));
  const leaves = random.chance(
    leavingProbability(person, { mood, tenure, daysSinceLogin, supportCalls, latePayments }),
  );
  return [
    person.email,
    monthName(person.firstMonth + index),
    person.plan,
    person.contract,
    person.payment,
    // Regions are typed in by hand, and some are left out; they have no bearing on the label.
    random.chance(0.02) ? "" : person.region,
    String(tenure),
    Math.max(9, person.fee).toFixed(2),
    random.chance(0.03) ? "?" : usage.toFixed(1),
    random.chance(0.05) ? "?" : String(Math.min(120, daysSinceLogin)),
    String(supportCalls),
    String(latePayments),
    // Two in five customers do not answer the survey.
    random.chance(0.4) ? "?" : String(satisfaction),
    leaves ? "yes" : "no",
  ];
}

const CONTRACT_EFFECT: Readonly<Record<Contract, number>> = { monthly: 1.9, yearly: -1.2, "two-year": -3.2 };

/** The truth behind the labels: logistic, with one part (the mood) that the columns show only through its effects. */
function leavingProbability(
  person: Person,
  row: { mood: number; tenure: number; daysSinceLogin: number; supportCalls: number; latePayments: number },
): number {
  const logit =
    -2.15 +
    CONTRACT_EFFECT[person.contract] +
    1.5 * row.mood -
    0.055 * Math.min(row.tenure, 60) +
    0.1 * Math.min(row.daysSinceLogin, 40) +
    0.9 * Math.min(row.supportCalls, 5) +
    0.8 * Math.min(row.latePayments, 4) +
    0.02 * (person.fee - 35);
  return 1 / (1 + Math.exp(-1.3 * logit));
}

/** Months counted from January 2024. */
function monthName(count: number): string {
  return `${2024 + Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
}

function requireOption(holds: boolean, field: string, found: number, expected: string): void {
  if (holds) return;
  throw new ExpungeError("E_OPTION", `Expected ${field} = ${found} ${expected}.`, { field, found, expected });
}
