/** What is proved of a released model. */
export interface Proof {
  /** The pair of laws is mu-GDP. */
  readonly mu: number;
  /** In nats, at `delta`. */
  readonly epsilon: number;
  readonly delta: number;
}
