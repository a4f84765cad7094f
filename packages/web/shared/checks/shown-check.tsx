import { CHECK_MARKS, type Check } from "./certificate-checks";

/** One check with its mark, what it found, and where. */
export function ShownCheck({ check }: { readonly check: Check }) {
  const { name, meaning, state, issues } = check;
  return (
    <li class={`check-row ${state.replace(" ", "-")}`}>
      <span class="mark" aria-hidden="true">
        {CHECK_MARKS[state]}
      </span>
      <div>
        <strong>{name}</strong> <span class="visually-hidden">{state}. </span>
        {meaning !== "" && <span class="soft check-meaning">{meaning}</span>}
        {state === "not run" && <span class="soft">Not run, since an earlier check failed.</span>}
        {issues.map((issue) => (
          <p class="bad small" key={`${issue.code} ${issue.path}`}>
            <code class="mono">{issue.code}</code> at <code class="mono break">{issue.path}</code>
            {isShort(issue.expected) && isShort(issue.actual) && (
              <>
                : expected <span class="number">{String(issue.expected)}</span>, found{" "}
                <span class="number">{String(issue.actual)}</span>
              </>
            )}
          </p>
        ))}
      </div>
    </li>
  );
}

const isShort = (value: unknown): boolean =>
  (typeof value === "string" && value.length < 90) || typeof value === "number";
