import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Explain, type Term } from "../glossary";

interface Wiring {
  readonly id: string;
  readonly "aria-describedby"?: string;
}

/** A label, its control, and a line that says what is meant. */
export function Field({
  label,
  help,
  term,
  children,
}: {
  readonly label: string;
  readonly help?: ComponentChildren;
  readonly term?: Term;
  readonly children: (wiring: Wiring) => ComponentChildren;
}) {
  const id = useId();
  const wiring = help === undefined ? { id } : { id, "aria-describedby": `${id}-help` };
  return (
    <div class="field">
      <span class="label">
        <label for={id}>{label}</label>
        {term && <Explain term={term} about={label.toLowerCase()} />}
      </span>
      {children(wiring)}
      {help !== undefined && (
        <span class="soft small" id={`${id}-help`}>
          {help}
        </span>
      )}
    </div>
  );
}

/** A number as typed: kept as text until it is sent, so that nothing jumps while one types. */
export function NumberField({
  label,
  value,
  onChange,
  help,
  term,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly help?: ComponentChildren;
  readonly term?: Term;
}) {
  return (
    <Field label={label} help={help} {...(term ? { term } : {})}>
      {(wiring) => (
        <input
          {...wiring}
          inputMode="decimal"
          autocomplete="off"
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** Short names to choose from; what the chosen one means stands below, whole. */
export function ExplainedSelect({ choices, help, ...field }: Parameters<typeof SelectField>[0]) {
  return (
    <SelectField
      {...field}
      choices={choices.map(({ value }) => ({ value, text: value }))}
      help={
        <>
          {sentence(choices.find(({ value }) => value === field.value)?.text ?? "")} {help}
        </>
      }
    />
  );
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

export function SelectField({
  label,
  value,
  choices,
  onChange,
  help,
  term,
}: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string) => void;
  readonly help?: ComponentChildren;
  readonly term?: Term;
}) {
  return (
    <Field label={label} help={help} {...(term ? { term } : {})}>
      {(wiring) => (
        <select {...wiring} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
