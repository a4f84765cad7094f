// One request: train, forget one person, check what the certificate proves. Needs nothing but this package.
//
//   npm run build && node examples/forget.mjs
import { createDataset, createSigner, fit, verify } from "expunge";

// 2,000 rows of three columns. The label depends on the first two. Everybody owns two rows.
const features = Array.from({ length: 2000 }, () => [Math.random(), Math.random(), Math.random()]);
const labels = features.map(([a, b]) => (a + 0.3 * (Math.random() - 0.5) > b ? 1 : -1));
const subjects = features.map((_, row) => `person-${row >> 1}`);
const people = createDataset({ features, labels, subjects, task: "binary", intercept: 1 });

const model = await fit(people);
console.log("accuracy", model.evaluate(people).accuracy);

// What a request would cost, before it is served.
const preview = await model.preview({ subjects: ["person-7"] });
console.log(`a request takes ${preview.steps} steps`);

const signer = createSigner(); // keep its seed: createSigner(seed)
const { model: after, certificate, receipts } = await model.forget({ subjects: ["person-7"] }, { signer });
console.log("accuracy afterwards", after.evaluate(people).accuracy);

// The receipt is for the person: with it they find themselves in the certificate, and nobody else can.
const receipt = receipts.of("person-7");
const { ok, holds, issues } = verify(certificate, {
  publicKey: signer.publicKey,
  subject: { id: "person-7", ...receipt },
});
console.log(ok, holds, issues);
