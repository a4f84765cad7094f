import type { Envelope, Holds } from "../src/records/certificate.js";
import { decode, PaperModel, planOf, subjectsOf } from "./certificates.js";

/** A certificate and what to check it against. */
export interface Fixture {
  readonly certificate: Envelope;
  readonly model: string;
  readonly modelBefore: string;
  readonly subject: ReturnType<ReturnType<typeof subjectsOf>["receiptOf"]>;
  readonly expected: Holds;
}

/** The certificates in test/certificates: fixed signer, fixed ids, hand-made plans. scripts/build-certificates.mjs writes them. */
export function fixtures(): Readonly<Record<string, Fixture>> {
  const limit = { epsilon: 3, delta: 1e-4, records: 4 };
  return {
    "v2-on-release": third(new PaperModel(planOf())),
    "v2-every-step-adaptive": third(new PaperModel(planOf({ sigma: 0.9, limit }))),
    "v2-weighted": third(
      new PaperModel(planOf({ weighting: { classes: [0.05, 1], isBalanced: true, samples: true } })),
    ),
    "v2-builds-and-labels": third(new PaperModel(planOf({ sigma: 0.9 }))),
  };
}

/** The third certificate of a model, which names three people. */
function third(model: PaperModel): Fixture {
  model.certify([{ batch: 0, count: 1 }]);
  model.certify([{ batch: 9, count: 2 }]);
  const modelBefore = model.model;
  const { subjects, receiptOf } = subjectsOf(["ann@example.com", "bob@example.com", "cyd@example.com"]);
  const slots = [
    { batch: 3, count: 2 },
    { batch: 18, count: 1 },
  ];
  const certificate = model.certify(slots, subjects);
  const { epsilon, delta, against } = decode(certificate).predicate.holds;
  return {
    certificate,
    model: model.model,
    modelBefore,
    subject: receiptOf(1),
    expected: { epsilon, delta, against },
  };
}
