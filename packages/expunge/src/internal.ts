/** What the repository's own tools (packages/lab) share with the command line. Not published: only the sources' condition leads here. */
export { wrapText } from "./audit/wrap-text.js";
export { list, positiveInteger } from "./cli/arguments.js";
export { EXIT_FALSE_CERTIFICATE } from "./cli/exit-codes.js";
export { interruptible } from "./cli/interrupt.js";
export { bad, count, createOutput, fields, good, type Output } from "./cli/output.js";
export { requireWritableFile } from "./cli/output-path.js";
export { reportError } from "./cli/report-error.js";
export { throwIfAborted } from "./errors.js";
export { given } from "./given.js";
export { escapeHtml, Html, html } from "./plots/html.js";
export {
  boundWords,
  countWords,
  durationWords,
  numberWords,
  percentWords,
  plural,
  timesWords,
} from "./plots/number-words.js";
export { DARK, LIGHT, type Palette, paletteVariables } from "./plots/palette.js";
export {
  comparatorLine,
  countAxis,
  countGrid,
  type Frame,
  levelLine,
  margins,
  markRadius,
  NARROW,
  requestAxis,
  stems,
  WIDE,
} from "./plots/plot-parts.js";
export { pngOf } from "./plots/png.js";
export { svgPicture } from "./plots/svg-picture.js";
export { zeroLogScale } from "./plots/zero-log-scale.js";
export { writeWhole } from "./store/durable-files.js";
