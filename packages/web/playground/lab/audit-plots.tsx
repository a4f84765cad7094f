import * as Plot from "@observablehq/plot";
import type { AuditResult } from "expunge/audit";
import { useMemo } from "preact/hooks";
import { Figure } from "../../shared/figure";
import { numberWords } from "../../shared/numbers";
import type { CloudPoint } from "../work/messages";

const GRID = [
  Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
  Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
];

interface CloudProps {
  readonly unlearned: readonly CloudPoint[];
  readonly retrained: readonly CloudPoint[];
  /** Of the unlearned ones. */
  readonly colour: string;
  /** Models that must have room in the picture, for two pictures of one scale. */
  readonly room?: readonly CloudPoint[];
  readonly label: string;
}

/** Two clouds of models: the same place, or not. */
export function CloudPlot({ unlearned, retrained, colour, room, label }: CloudProps) {
  const options = useMemo(
    () => (width: number) => ({
      height: Math.min(320, width * 0.8),
      margin: 8,
      x: { axis: null, ...(room ? { domain: rangeOf(room, 0) } : {}) },
      y: { axis: null, ...(room ? { domain: rangeOf(room, 1) } : {}) },
      marks: [
        Plot.frame({ stroke: "var(--line)" }),
        // By turns, so that neither cloud covers the other.
        Plot.dot(mixed(unlearned, retrained, colour), {
          x: "along",
          y: "across",
          fill: "colour",
          r: 2.6,
          fillOpacity: 0.62,
        }),
      ],
    }),
    [unlearned, retrained, colour, room],
  );
  return <Figure label={label} options={options} />;
}

function rangeOf(points: readonly CloudPoint[], axis: 0 | 1): [number, number] {
  const values = points.map((point) => point[axis]);
  return [Math.min(...values), Math.max(...values)];
}

function mixed(unlearned: CloudProps["unlearned"], retrained: CloudProps["retrained"], colour: string) {
  return unlearned.flatMap(([along, across], i) => {
    const other = retrained[i];
    const ours = { along, across, colour };
    return other ? [ours, { along: other[0], across: other[1], colour: "var(--retrain)" }] : [ours];
  });
}

/** Errors of the attack against those that the certificate allows. */
export function TradeOffPlot({ result, colour }: { readonly result: AuditResult; readonly colour: string }) {
  const options = useMemo(
    () => (width: number) => ({
      height: Math.min(320, width * 0.8),
      marginLeft: 36,
      marginTop: 10,
      x: { label: null, domain: [0, 1], ticks: 5, tickSize: 3 },
      y: { label: null, domain: [0, 1], ticks: 5, tickSize: 3 },
      marks: [
        ...GRID,
        Plot.line(
          [
            [0, 1],
            [1, 0],
          ],
          { stroke: "var(--soft)", strokeDasharray: "1,4" },
        ),
        Plot.areaY(result.tradeOff, {
          x: "typeOne",
          y1: "low",
          y2: "high",
          fill: colour,
          fillOpacity: 0.18,
        }),
        Plot.lineY(result.tradeOff, {
          ...{
            x: "typeOne",
            y: "certifiedMu",
            stroke: "var(--paper)",
            strokeWidth: 2,
            strokeDasharray: "6,3",
          },
        }),
        Plot.lineY(result.tradeOff, { x: "typeOne", y: "typeTwo", stroke: colour, strokeWidth: 2.25 }),
      ],
    }),
    [result, colour],
  );
  return (
    <Figure
      label={`Errors of the best attack, ${result.verdict} with the certified epsilon of ${numberWords(result.certified.epsilon)}.`}
      options={options}
    />
  );
}
