import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Hint } from "../../shared/hint";

export interface SliderProps {
  readonly label: string;
  /** What it is, for somebody who has never heard of it. */
  readonly hint: ComponentChildren;
  /** All that can be chosen, ascending. */
  readonly values: readonly number[];
  readonly value: number;
  readonly words: (value: number) => string;
  readonly onChange: (value: number) => void;
}

/** A slider over a list of values: numbers that are easy to say, whatever the scale. */
export function Slider({ label, hint, values, value, words, onChange }: SliderProps) {
  const id = useId();
  const index = nearest(values, value);
  return (
    <div class="slider">
      <div class="slider-head">
        <label for={id}>{label}</label>
        <Hint about={label}>{hint}</Hint>
        <output for={id} class="number">
          {words(value)}
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={values.length - 1}
        step={1}
        value={index}
        aria-valuetext={words(value)}
        onInput={({ currentTarget }) => onChange(values[Number(currentTarget.value)]!)}
      />
    </div>
  );
}

/** By ratio, since most of our scales are logarithmic. */
function nearest(values: readonly number[], value: number): number {
  const distance = (candidate: number): number => Math.abs(Math.log(candidate / value));
  return values.reduce((best, candidate, i) => (distance(candidate) < distance(values[best]!) ? i : best), 0);
}

/** Values of a logarithmic slider, two digits each. */
export function logValues(low: number, high: number, perDecade: number): readonly number[] {
  const count = Math.round(Math.log10(high / low) * perDecade);
  const all = Array.from({ length: count + 1 }, (_, i) =>
    Number((low * (high / low) ** (i / count)).toPrecision(2)),
  );
  return [...new Set(all)];
}
