import { useState } from "preact/hooks";
import { countWords } from "../../shared/numbers";
import type { CsvTable } from "./csv";
import type { Lab } from "./use-lab";

/** Rows of the table on one page of it. */
const PAGE = 12;
const MAX_COLUMNS = 6;

/** The rows of a file, a few at a time, each with a button that has it forgotten. */
export function RowTable({ lab, table }: { readonly lab: Lab; readonly table: CsvTable }) {
  const [first, setFirst] = useState(0);
  const columns = table.columns.slice(0, MAX_COLUMNS);
  const rows = table.rows.slice(first, first + PAGE);
  const hidden = table.columns.length - columns.length;
  return (
    <section class="card" aria-label="Rows">
      <div class="scroll">
        <table class="rows-table">
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">
                <span class="visually-hidden">Action</span>
              </th>
              {columns.map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells, i) => {
              const row = first + i;
              const isGone = lab.isForgotten(row);
              return (
                <tr key={row} class={isGone ? "gone" : ""}>
                  <th scope="row">{countWords(row + 1)}</th>
                  <td>
                    {isGone ? (
                      <span class="soft">forgotten</span>
                    ) : (
                      <button
                        type="button"
                        class="quiet"
                        disabled={lab.isBusy}
                        onClick={() => lab.forget(row)}
                      >
                        Forget<span class="visually-hidden"> row {row + 1}</span>
                      </button>
                    )}
                  </td>
                  {columns.map((name, column) => (
                    <td key={name}>{cells[column]}</td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div class="actions">
        <button type="button" disabled={first === 0} onClick={() => setFirst(Math.max(0, first - PAGE))}>
          Previous
        </button>
        <button
          type="button"
          disabled={first + PAGE >= table.rows.length}
          onClick={() => setFirst(first + PAGE)}
        >
          Next
        </button>
        {hidden > 0 && (
          <span class="soft small">{countWords(hidden)} more columns are used, but not shown.</span>
        )}
      </div>
    </section>
  );
}
