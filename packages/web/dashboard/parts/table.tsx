import type { ComponentChildren, Key } from "preact";
import { Explain, type Term } from "../glossary";
import { Scroll } from "./scroll";

export interface Column<Row> {
  readonly name: string;
  readonly term?: Term;
  /** Numbers, which align to the right. */
  readonly isNumber?: boolean;
  readonly cell: (row: Row, place: number) => ComponentChildren;
}

/**
 * Rows of something. Where there is little room each is a block of lines, "name: value", so that nothing has to be moved sideways to be read. The roles
 * are written out, since a table that is laid out otherwise loses its own.
 */
export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
}: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => Key;
}) {
  return (
    <Scroll label={label}>
      {/* biome-ignore-start lint/a11y/noRedundantRoles: see above */}
      <table class={columns.length > 5 ? "stacking many" : "stacking"} role="table">
        <thead>
          <tr>
            {columns.map(({ name, term, isNumber }) => (
              <th scope="col" key={name} class={isNumber ? "right" : ""}>
                {name}
                {term && <Explain term={term} about={name.toLowerCase()} />}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row, place) => (
            <tr key={keyOf(row)} role="row">
              {columns.map(({ name, isNumber, cell }) => (
                <td key={name} role="cell" data-name={name} class={isNumber ? "right number" : ""}>
                  {cell(row, place)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/noRedundantRoles: see above */}
    </Scroll>
  );
}
