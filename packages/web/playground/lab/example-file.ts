import { seeded } from "./seeded";

/** A small made-up table, for visitors who have none: will a customer renew? */
export function exampleFile(): File {
  const random = seeded(11);
  const lines = Array.from({ length: 400 }, () => {
    const years = Math.max(0, 4 + 2.5 * random.normal());
    const visits = Math.max(0, Math.round(6 + 4 * random.normal()));
    const complaints = Math.max(0, Math.round(1.2 + 1.3 * random.normal()));
    const age = Math.round(Math.max(18, 45 + 14 * random.normal()));
    const leaning = 0.5 * (years - 4) + 0.3 * (visits - 6) - 0.9 * (complaints - 1.2) + random.normal();
    return [age, years.toFixed(1), visits, complaints, leaning > 0 ? "yes" : "no"].join();
  });
  const text = ["age,years_customer,visits,complaints,renewed", ...lines].join("\n");
  return new File([text], "example.csv", { type: "text/csv" });
}
