import { ExpungeError } from "../errors.js";
import type { Holds } from "../records/certificate.js";
import type { ReadModel } from "../store/read-model.js";
import type { Evaluation } from "../unlearner/metrics.js";
import { modelDigest, weightsFile } from "../unlearner/model-digest.js";
import { VERSION } from "../version.js";
import { issuerKeysIn, issuerOf, readPublicKeyFile, verifyWith } from "./issuer-key.js";
import { type ModelSummary, summarizeModel } from "./model-summary.js";

/** What a model is, was trained on, is good for and has forgotten, for people who get it. Plain JSON; no path and no id of a person is in it. */
export interface ModelCard {
  readonly format: "expunge-model-card";
  readonly version: 1;
  readonly name: string;
  readonly generator: string;
  /** Hex sha256 of the weights file, as certificates name the model. */
  readonly digest: string;
  readonly task: "binary" | "multiclass" | "regression";
  readonly featureNames: readonly string[] | null;
  readonly scaling: { readonly kind: string; readonly intercept: number };
  /** What `expunge inspect` says. */
  readonly model: Omit<ModelSummary, "directory" | "weights" | "subjectsNow">;
  /** On labelled rows that were given; null where none were. */
  readonly evaluation: (Evaluation & { readonly rowsFrom: string }) | null;
  /** What the newest certificate proves, checked when the card was made; null before the first request and for a seeded model. */
  readonly proved: Proved | null;
}

export interface Proved {
  readonly certificateId: string;
  readonly issuedAt: string;
  readonly holds: Holds;
  /** Whether the model has learned since: what is proved holds for it too, and the certificate names the weights that it learned from. */
  readonly hasLearnedSince: boolean;
  readonly statement: string;
  readonly notCovered: readonly string[];
}

export interface CardOptions {
  readonly name: string;
  /** The issuer's, as `expunge verify` takes it; default: this user's own. */
  readonly publicKey?: string | undefined;
  readonly evaluation?: ModelCard["evaluation"];
}

/** @throws ExpungeError E_CERTIFICATE where the newest certificate does not verify, E_KEY where the issuer's key cannot be read */
export async function modelCardOf(stored: ReadModel, options: CardOptions): Promise<ModelCard> {
  const { description, state } = stored.model;
  const {
    directory: _directory,
    weights: _weights,
    subjectsNow: _subjects,
    ...model
  } = await summarizeModel(stored);
  return {
    format: "expunge-model-card",
    version: 1,
    name: options.name,
    generator: `expunge ${VERSION}`,
    digest: modelDigest(state),
    task: description.task,
    featureNames: description.featureNames,
    scaling: description.scaling,
    model,
    evaluation: options.evaluation ?? null,
    proved: await provedOf(stored, options.publicKey),
  };
}

/** Nothing is repeated of a certificate that does not verify for these very weights, or those that they were learned from since. */
async function provedOf(stored: ReadModel, publicKey: string | undefined): Promise<Proved | null> {
  const { model } = stored;
  const { certificateId } = model.timeline;
  if (certificateId === null || model.plan.seed !== null) return null;
  const certificate = JSON.stringify(await stored.readCertificate(certificateId));
  const keys = issuerKeysIn(await readPublicKeyFile(publicKey));
  // A lesson since issues no certificate: the newest one speaks of the weights that it began from.
  const evidence = model.timeline.lives?.previous ?? weightsFile(model.state);
  const { ok, holds, issues, statement } = verifyWith(certificate, issuerOf(certificate, keys), keys, {
    model: evidence,
  });
  if (!ok || holds === null || statement === null)
    throw new ExpungeError(
      "E_CERTIFICATE",
      `Certificate ${certificateId} does not verify (${issues[0]?.code} at ${issues[0]?.path}), and a card repeats no claim that does not. See expunge verify.`,
      { certificateId, issues },
    );
  const { issuedAt, notCovered, holds: stated } = statement.predicate;
  const hasLearnedSince = typeof evidence === "string";
  return { certificateId, issuedAt, holds, hasLearnedSince, statement: stated.statement, notCovered };
}
