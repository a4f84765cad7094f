import { seeded } from "./seeded";

export const SAMPLE_NAME = "sample-customers.csv";
/** Its column to predict. */
export const SAMPLE_LABEL = "renewed";
const ROWS = 400;

/** @param number from 1 on */
export const samplePerson = (number: number): string => `customer${number}@example.com`;

/**
 * A small made-up table, for visitors who have none: will a customer renew?
 *
 * @param hasPeople whether a first column says whose row it is
 */
export function sampleTable(hasPeople: boolean): File {
  const random = seeded(11);
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const years = Math.max(0, 4 + 2.5 * random.normal());
    const visits = Math.max(0, Math.round(6 + 4 * random.normal()));
    const complaints = Math.max(0, Math.round(1.2 + 1.3 * random.normal()));
    const age = Math.round(Math.max(18, 45 + 14 * random.normal()));
    const leaning = 0.5 * (years - 4) + 0.3 * (visits - 6) - 0.9 * (complaints - 1.2) + random.normal();
    const cells = [age, years.toFixed(1), visits, complaints, leaning > 0 ? "yes" : "no"];
    return (hasPeople ? [samplePerson(i + 1), ...cells] : cells).join();
  });
  const names = `${hasPeople ? "email," : ""}age,years_customer,visits,complaints,${SAMPLE_LABEL}`;
  return new File([[names, ...lines].join("\n")], SAMPLE_NAME, { type: "text/csv" });
}
