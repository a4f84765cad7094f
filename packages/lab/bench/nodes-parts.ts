import * as Plot from "@observablehq/plot";
import { LIGHT, svgPicture } from "expunge/internal";

/** What nodes.mjs draws and writes by. */

export { write, writeBetweenMarkers } from "../src/experiments/markers.js";

/** Something that was measured: operations on each byte of the rows, and operations a second in billions. */
interface Point {
  readonly intensity: number;
  readonly rate: number;
  /** Of the kernel: which roof it lies under. */
  readonly kernel: string;
  readonly isNewest: boolean;
  /** Written beside it; none where it would stand on another's. */
  readonly name: string;
}

/** What no kernel can pass, in billions of operations a second. */
interface Roof {
  readonly name: string;
  readonly kernel: string;
  readonly isNewest: boolean;
  readonly peak: number;
  /** Billions of bytes read a second. */
  readonly bandwidth: number;
}

export interface Roofline {
  readonly title: string;
  readonly subtitle: string;
  readonly label: string;
  readonly points: readonly Point[];
  readonly roofs: readonly Roof[];
}

const WIDTH = 760;
const HEIGHT = 460;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const INTENSITY: readonly [number, number] = [0.5, 16];
const RATE: readonly [number, number] = [4, 128];
const COLOURS: Readonly<Record<string, string>> = { float64: LIGHT.ours, float32: LIGHT.paper };

/** The roofline of a machine (Williams, Waterman, Patterson 2009), both axes logarithmic. */
export function rooflinePlot({ title, subtitle, label, points, roofs }: Roofline): string {
  const colour = ({ kernel }: { kernel: string }): string => COLOURS[kernel] ?? LIGHT.ink;
  const svg = svgPicture({
    label,
    width: WIDTH,
    height: HEIGHT,
    fontFamily: FONT,
    fontSize: 13,
    plot: {
      marginLeft: 56,
      marginRight: 150,
      marginTop: 84,
      marginBottom: 48,
      x: {
        type: "log",
        base: 2,
        domain: [...INTENSITY],
        ticks: [0.5, 1, 2, 4, 8, 16],
        tickFormat: String,
        label: "operations on each byte of rows",
        labelAnchor: "center",
        labelArrow: "none",
      },
      y: {
        type: "log",
        base: 2,
        domain: [...RATE],
        ticks: [4, 8, 16, 32, 64, 128],
        tickFormat: String,
        label: null,
      },
      marks: [
        Plot.gridX([0.5, 1, 2, 4, 8, 16], { stroke: LIGHT.line, strokeOpacity: 1 }),
        Plot.gridY([4, 8, 16, 32, 64, 128], { stroke: LIGHT.line, strokeOpacity: 1 }),
        ...roofs.map((roof) =>
          Plot.line(outline(roof), {
            stroke: colour(roof),
            strokeWidth: roof.isNewest ? 2 : 1.25,
            ...(roof.isNewest ? {} : { strokeDasharray: "5,4" }),
          }),
        ),
        Plot.text(roofs, {
          x: INTENSITY[1],
          y: "peak",
          text: "name",
          textAnchor: "start",
          dx: 6,
          fill: colour,
        }),
        Plot.dot(points, {
          x: "intensity",
          y: "rate",
          r: 4.5,
          fill: (point: Point) => (point.isNewest ? colour(point) : LIGHT.ground),
          stroke: colour,
          strokeWidth: 1.5,
          title: ({ name, rate }: Point) => `${name}: ${rate.toFixed(1)} billion a second`,
        }),
        ...(["start", "end"] as const).map((textAnchor) =>
          Plot.text(namesAt(points, textAnchor), {
            x: "intensity",
            y: "rate",
            text: "name",
            textAnchor,
            dx: textAnchor === "start" ? 9 : -9,
            fill: LIGHT.soft,
            fontSize: 12,
          }),
        ),
      ],
    },
  });
  const text = (y: number, attributes: string, line: string): string =>
    `<text x="16" y="${y}" text-anchor="start" ${attributes}>${line}</text>`;
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="${LIGHT.ground}"/>`;
  const head =
    text(24, `font-size="16" font-weight="600" fill="${LIGHT.ink}"`, title) +
    text(44, `fill="${LIGHT.soft}"`, subtitle) +
    text(70, `fill="${LIGHT.soft}"`, "billion operations a second");
  // A picture of its own has neither ground nor text colour to inherit.
  return `${svg.replace(/(<\/title>)/, `$1${ground}${head}`).replaceAll("currentColor", LIGHT.soft)}\n`;
}

/** The points with a name, which stands to the right of those in the left half, and to the left of the others. */
function namesAt(points: readonly Point[], anchor: "start" | "end"): Point[] {
  const isLeft = ({ intensity }: Point): boolean => intensity < Math.sqrt(INTENSITY[0] * INTENSITY[1]);
  return points.filter(
    (point) => point.isNewest && point.name !== "" && isLeft(point) === (anchor === "start"),
  );
}

/** Up along the bandwidth, then flat. */
function outline({ peak, bandwidth }: Roof): [number, number][] {
  const corner = peak / bandwidth;
  const from = Math.max(INTENSITY[0], RATE[0] / bandwidth);
  return [
    [from, from * bandwidth],
    [corner, peak],
    [INTENSITY[1], peak],
  ];
}
