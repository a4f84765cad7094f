import type { Signer } from "../certificate/dsse.js";
import { requireKnownKeys } from "../errors.js";
import type { RunOptions } from "./run-steps.js";

/** How a request is to be served, besides whom it names. */
export interface ForgetOptions extends RunOptions {
  /** Signs the certificate; default: a key made for this process alone, whose public half is `model.defaultPublicKey()`. */
  readonly signer?: Signer;
  /** Asks for another match than the model was planned for, closer or looser; the certificate states it. Default: the plan's. */
  readonly epsilon?: number;
  readonly delta?: number;
  /** Most noise that may be left in the score of a row of norm 1; default the plan's. Noise on release only. */
  readonly maxNoise?: number;
  /** Runs this many steps, and adds whatever noise they leave to add. Noise on release only; not together with `maxNoise`. */
  readonly steps?: number;
}

const FORGET_OPTIONS: Record<keyof ForgetOptions, true> = {
  signer: true,
  epsilon: true,
  delta: true,
  maxNoise: true,
  steps: true,
  signal: true,
  onProgress: true,
};

/** @throws ExpungeError E_OPTION naming an option that is unknown */
export function requireForgetOptions(options: ForgetOptions): void {
  requireKnownKeys("the options of a request", options, FORGET_OPTIONS);
}

/** As `requireForgetOptions`; options of the request that is previewed pass, too. @throws ExpungeError E_OPTION naming an option that is unknown */
export function requirePreviewOptions(options: ForgetOptions): void {
  requireKnownKeys("the options of a preview", options, { ...FORGET_OPTIONS, evaluateOn: true });
}
