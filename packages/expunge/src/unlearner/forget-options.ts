import type { Signer } from "../certificate/dsse.js";
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
