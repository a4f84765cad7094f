/** A request in a form that its protocol, or this server's set-up, does not take. The message is for whoever sent it, and quotes nothing. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
