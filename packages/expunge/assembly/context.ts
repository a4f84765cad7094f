/*
 * One worker's share of linear memory. The host (packages/expunge/src/engine/wasm-memory.ts) writes this block and passes its address to
 * every call, so that nothing sits at a fixed address and several workers may share one memory and its rows.
 *
 * Trials: one call advances several independent processes over the same rows, each with weights and a noise key of its
 * own, so that rows are fetched once for all of them. Training is one trial.
 *
 * Rows are packed in panels of 4 rows. A panel is a run of 64-byte lines, each holding 4 columns of its 4 rows: row 0's
 * four numbers, row 1's, row 2's, row 3's. Columns are padded with zeros to a multiple of 16. Each batch has
 * ceil(batchSize / 4) panels of its own; missing rows are zeros with limit 0.
 *
 * A panel with many lines of zeros keeps only the others, an even number of them (one may be an extra line of zeros).
 * Before them stands a list of their places, one u32 each (16 times the number of the line, an offset into float32 weights),
 * padded to a multiple of 64 bytes. Panels follow one another without gaps, which the processor's prefetching wants.
 *
 * Rows and labels are float32. All else is float64 for the float64 kernel and float32 for the float32 kernel: a "real" below.
 *
 * Byte offsets into the block; keep equal to CONTEXT in packages/expunge/src/engine/wasm-context.ts.
 */

/** i32: 0 logistic, 1 softmax, 2 smoothedHinge, 3 huberRegression. */
export const OBJECTIVE: usize = 0;
/** i32: outputs of one trial. */
export const OUTPUT_COUNT: usize = 4;
/** i32: features of a row. */
export const FEATURE_COUNT: usize = 8;
/** i32: features padded to a multiple of 16. */
export const COLUMNS: usize = 12;
/** i32 */
export const PANELS_PER_BATCH: usize = 16;
/** Address of the panels. */
export const ROWS: usize = 20;
/** Address of one f32 label for each row of each panel. */
export const LABELS: usize = 24;
/** Address of one real for each row: the bound on its scalar derivative, M / |row| or a little less; 0 for an empty row. */
export const LIMITS: usize = 28;
/** Address of trials x outputCount x columns reals, the weights; padding is 0. */
export const WEIGHTS: usize = 32;
/** Address of as many f64, sums of gradients; all 0 between steps. */
export const GRADIENT: usize = 36;
/** Address of 4 reals for each output of each trial of each panel of a block: outputs, then coefficients. */
export const OUTPUTS: usize = 40;
/** Address of SCRATCH_BYTES for the noise; the host wipes it. */
export const SCRATCH: usize = 44;
/** f64: eta * l2. This and the next three hold float32 numbers for the float32 kernel. */
export const DECAY: usize = 48;
/** f64: eta / batchSize */
export const GAIN: usize = 56;
/** f64: standard deviation of the noise on each weight; 0 for none. */
export const NOISE_STD: usize = 64;
/** f64: the logistic loss's offset, 1 / width of the smoothed hinge, or the threshold of Huber regression. */
export const SHAPE: usize = 72;
/** f64: radius of the projection ball. */
export const RADIUS: usize = 80;
/** Address of one i32 for each panel: how many lines it keeps; columns / 4 means all, and no list. */
export const LINE_COUNTS: usize = 88;
/** Address of one u32 for each panel: where it starts, in bytes after ROWS. */
export const STARTS: usize = 92;
/** i32: trials that one call advances. */
export const TRIALS: usize = 96;
/** Address of 8 little-endian words of noise key for each trial; the host wipes them. */
export const KEYS: usize = 100;
/** i32: panels that are worked on together. */
export const BLOCK: usize = 104;
/** For the float32 kernel: address of as many f32 as there are weights, sums over the panels since they last went into GRADIENT. */
export const PARTS: usize = 108;
/** For the float32 kernel, i32: how many panels that is. */
export const PART_PANELS: usize = 112;
/** Address of one real in (0, 1] for each row, by which its gradient is multiplied; 0 where none is. */
export const GRADIENT_WEIGHTS: usize = 116;
/* For sparse rows, of which sparse.ts, lazy.ts and columns.ts tell: */
/** f64: what the weights in memory are to be multiplied by; 1 between calls of the host. */
export const SCALE: usize = 120;
/** f64: at least the norm of the weights, scaled; negative where it is not known. */
export const NORM_BOUND: usize = 128;
/** f64: the last step of this call of the host; 0 where every step is to end as if it were that. */
export const LAST_STEP: usize = 136;
/** f64: sum of the absolute values of the coefficients of a step's rows so far. */
export const COEFFICIENT_SUM: usize = 144;
/** i32: 1 where weight decay goes into SCALE; 2 where weights and sums stand in pairs, too (paired.ts); else 0. */
export const IS_LAZY: usize = 152;
/** Address of one i32 for each batch: the columns that its rows share, or -1 where it is not numbered; 0 where none is to be. */
export const COLUMN_COUNTS: usize = 156;
/** Address of a list of these columns for each batch. */
export const COLUMN_LISTS: usize = 160;
/** u32: bytes from one list to the next, 4 for every two entries that a batch has room for. */
export const COLUMN_LIST_BYTES: usize = 164;
/** Two f64: by what a row's gradient is multiplied before it is taken off, at a column of its own and at one that rows share. */
export const FACTORS: usize = 168;
/** Address of two bits for each column, where batches are numbered: 0 but while one is. */
export const COLUMN_MARKS: usize = 184;

/** Offset into the noise scratch of the extension words of one group. */
export const EXTENSIONS: usize = 0;
/** Offset into the noise scratch of up to MAX_GROUPS groups of words, then normals. */
export const NORMALS: usize = 256;
/** 16 groups are 4 KiB: the noise stays in L1. */
export const MAX_GROUPS: i32 = 16;
/** Offset of as much room again, for numbers on the way from words to normals. */
export const PAIRS: usize = NORMALS + 16 * 256;
/** Offset into the noise scratch of noise-constants.ts's table, behind both. */
export const NOISE_TABLE: usize = PAIRS + 16 * 256;
