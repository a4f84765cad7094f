import type { Command } from "commander";
import type { Issue, SubjectEvidence, Verification } from "../certificate/verify-index.js";
import { ExpungeError } from "../errors.js";
import { toBase64 } from "../records/bytes.js";
import { collect, number } from "./arguments.js";
import { envelopeIn, readChainFiles } from "./certificate-files.js";
import { describeStatement } from "./describe-certificate.js";
import { EXIT_FALSE_CERTIFICATE } from "./exit-codes.js";
import { isIssuedBy, issuerKeysIn, issuerOf, readPublicKeyFile, verifyWith } from "./issuer-key.js";
import { checkInLedger, describePlace, type LedgerPlace, readEvidence } from "./ledger-evidence.js";
import { readModelEvidence } from "./model-evidence.js";
import { bad, count, createOutput, good } from "./output.js";
import { subjectByReceipt } from "./receipt-evidence.js";

export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("Check a certificate: signature, consistency, and every number of its claim computed anew")
    .argument("<certificate>", "certificate file (DSSE envelope)")
    .option(
      "--public-key <key>",
      "the issuer's public key: a file with PEM or hex, hex itself, or a key set as services publish it at /.well-known/expunge-keys.json (default: this user's own, beside the signing key)",
    )
    .option(
      "--model <path>",
      "model directory or weights file (.safetensors) that the certificate must speak of; in a directory, also by the chain of its later certificates; earlier ones there must agree with it",
    )
    .option(
      "--chain <path>",
      "another certificate of this model, earlier or later, or a folder of them; may be repeated",
      collect,
    )
    .option("--subject <id>", "check that this subject is among those forgotten (needs --salt or --receipt)")
    .option("--salt <hex>", "the salt that forget printed, to be handed to whoever asked")
    .option(
      "--receipt <file>",
      "in place of --salt: the subject's receipt, or the file of receipts that forget wrote, or what a service answered",
    )
    .option("--corrected", "the subject asked for a correction, and not to be forgotten; with --subject")
    .option("--at-most <e>", "the weakest claim that will do, in nats; with --at-most-delta", number)
    .option("--at-most-delta <d>", "and its delta (default 1e-5)", number)
    .option("--ledger <file>", "proof that it stands in the ledger (.tlog-proof); needs --log-key")
    .option("--log-key <key>", "the ledger's verifier key, name+hash+base64, or a file that holds it")
    .option(
      "--earlier-checkpoint <file>",
      "a checkpoint of this ledger kept from before: check that nothing of it was changed since (needs --consistency)",
    )
    .option("--consistency <file>", "proof of that: hashes in base64, one a line")
    .option(
      "--earlier-log-key <key>",
      "the key that the earlier checkpoint was signed with, where the ledger has another by now",
    )
    .option("--json", "print JSON: ok, issues, the statement, and what the ledger says")
    .addHelpText(
      "after",
      `
Exit code 0: every check passed. 1: the certificate is false, not about this model or subject, or not in this ledger.
Nothing is fetched: all checks are made offline, from the files given.

Examples:
    $ expunge verify model/certificates/3f0c….json --model model
    $ expunge verify certificate.json --public-key issuer.pub
    $ expunge verify certificate.json --public-key issuer.pub --chain certificates/
    $ expunge verify certificate.json --public-key issuer.pub --subject ann@example.com --salt 5a…
    $ expunge verify certificate.json --public-key expunge-keys.json --ledger certificate.tlog-proof \\
        --log-key ledger.example.com/expunge+1a2b3c4d+AQ… \\
        --earlier-checkpoint checkpoint-of-march --consistency consistency.txt`,
    )
    .action(async (path: string, options: VerifyFlags) => {
      assertTogether(options);
      const given = await readEvidence(path, "certificate", "E_CERTIFICATE");
      const keys = issuerKeysIn(await readPublicKeyFile(options.publicKey));
      const text = envelopeIn(given, path);
      // Beside one that is not the issuer's, others say nothing.
      const chain = isIssuedBy(text, keys) ? await readChainFiles(options.chain ?? [], keys) : [];
      const model = options.model === undefined ? null : await readModelEvidence(options.model, text, keys);
      const verification = verifyWith(text, issuerOf(text, keys), keys, {
        ...(model === null ? {} : { model: model.evidence }),
        chain: [...(model?.chain ?? []), ...chain],
        ...(options.subject === undefined
          ? {}
          : { subject: await subjectOf(options.subject, options, text) }),
        ...(options.atMost === undefined
          ? {}
          : { atMost: { epsilon: options.atMost, delta: options.atMostDelta ?? 1e-5 } }),
      });
      const ledger = await checkLedgerFiles(text, options);
      const result = {
        ...verification,
        ...(ledger === null ? {} : withLedger(verification, ledger)),
        ...(model === null ? {} : { hasLearnedSince: model.hasLearnedSince }),
      };
      createOutput(options.json === true).result(result, () => [
        ...describe(result, options.publicKey === undefined),
        ...(result.ok && options.subject !== undefined ? [good(coveredWords(options.subject, options))] : []),
        ...(result.ok && ledger ? describePlace(ledger) : []),
        ...(result.ok && model?.hasLearnedSince ? [LEARNED_SINCE] : []),
      ]);
      if (!result.ok) process.exitCode = EXIT_FALSE_CERTIFICATE;
    });
}

interface VerifyFlags {
  readonly publicKey?: string;
  readonly model?: string;
  readonly chain?: readonly string[];
  readonly subject?: string;
  readonly salt?: string;
  readonly receipt?: string;
  readonly corrected?: boolean;
  readonly atMost?: number;
  readonly atMostDelta?: number;
  readonly ledger?: string;
  readonly logKey?: string;
  readonly earlierCheckpoint?: string;
  readonly consistency?: string;
  readonly earlierLogKey?: string;
  readonly json?: boolean;
}

function assertTogether(options: VerifyFlags): void {
  const { subject, salt, receipt, ledger, logKey, earlierCheckpoint, consistency } = options;
  const isProved = salt !== undefined || receipt !== undefined;
  if ((subject === undefined) === isProved || (salt !== undefined && receipt !== undefined))
    throw new ExpungeError("E_OPTION", "Give --subject together with --salt or --receipt.");
  if (options.corrected && subject === undefined)
    throw new ExpungeError("E_OPTION", "Give --corrected with --subject.");
  if (options.atMostDelta !== undefined && options.atMost === undefined)
    throw new ExpungeError("E_OPTION", "Give --at-most-delta with --at-most.");
  if ((ledger === undefined) !== (logKey === undefined))
    throw new ExpungeError("E_OPTION", "Give --ledger and --log-key together.");
  if ((earlierCheckpoint === undefined) !== (consistency === undefined))
    throw new ExpungeError("E_OPTION", "Give --earlier-checkpoint and --consistency together.");
  if (earlierCheckpoint !== undefined && ledger === undefined)
    throw new ExpungeError("E_OPTION", "Give --earlier-checkpoint with --ledger and --log-key.");
  if (options.earlierLogKey !== undefined && earlierCheckpoint === undefined)
    throw new ExpungeError("E_OPTION", "Give --earlier-log-key with --earlier-checkpoint.");
}

/** null where it is not asked for. */
async function checkLedgerFiles(certificate: string, options: VerifyFlags): Promise<LedgerPlace | null> {
  const { ledger, logKey } = options;
  return ledger === undefined || logKey === undefined
    ? null
    : checkInLedger(certificate, { ...options, ledger, logKey });
}

function withLedger(verification: Verification, ledger: LedgerPlace) {
  const { ok, issues, entry, checkpoint, index, earlierSize } = ledger;
  const read = checkpoint && { ...checkpoint, root: toBase64(checkpoint.root) };
  return {
    ok: verification.ok && ok,
    issues: [...verification.issues, ...issues] as readonly Issue[],
    ledger: { index, entry, checkpoint: read, earlierSize },
  };
}

/** @throws ExpungeError E_CERTIFICATE where the file has no receipt at all */
async function subjectOf(
  id: string,
  { salt, receipt, corrected }: VerifyFlags,
  envelope: string,
): Promise<SubjectEvidence> {
  const found =
    receipt === undefined ? { id, salt: salt as string } : await subjectByReceipt(id, receipt, envelope);
  return corrected ? { ...found, asked: "correction" } : found;
}

const coveredWords = (id: string, { corrected }: VerifyFlags): string =>
  corrected ? `It covers ${id}: their record was corrected, not deleted.` : `It covers ${id}.`;

const LEARNED_SINCE =
  "The model has learned since its newest request. The weights that this request left are those that the directory says it learned from.";

/** Where a check fails for a reason that is no fraud, what that reason may be. */
const HINTS: Readonly<Record<string, string>> = {
  SIGNATURE: "It was signed with another key than --public-key, or changed after it was signed.",
  SUBJECT_PROOF:
    "Where a certificate names several people, a salt is not enough: give the person's receipt with --receipt.",
  SUBJECT_ASKED:
    "After a correction the person is still in the model, with other values. If they asked for that, give --corrected.",
  MODEL:
    "The model has other weights, and no chain of certificates leads from this one to it. Later ones under another key than --public-key are passed over: give the issuer's key set.",
  KEY_VALIDITY: "The key set says that the key did not sign at that time.",
  LEDGER_CERTIFICATE: "The proof is of another certificate's entry, or this certificate was changed.",
  LEDGER_SIGNATURE:
    "The checkpoint was signed with another key than --log-key, or changed after it was signed.",
  LEDGER_INCLUSION: "The entry does not stand there in the ledger that was signed.",
  LEDGER_CONSISTENCY:
    "The ledger was rewritten, or the proof is not between these two checkpoints. Keep both: if no proof fits, they prove the fraud.",
};

const OWN_KEY_HINT =
  "It was checked with this user's own key. If another issuer signed it, give that one's with --public-key; else it was changed after it was signed.";

function describe({ ok, issues, notes, statement }: Verification, isOwnKey: boolean): string[] {
  const hintOf = (code: string) => (code === "SIGNATURE" && isOwnKey ? OWN_KEY_HINT : HINTS[code]);

  if (ok && statement)
    return [
      good("The certificate holds."),
      ...describeStatement(statement, "proved"),
      ...notes.map((note) => `  Note: ${note}`),
    ];
  return [
    bad(`The certificate does not hold: ${count(issues.length, "issue")}.`),
    ...issues.flatMap(({ code, path, expected, actual }) => [
      `  ${code}  ${path}`,
      `      expected ${brief(expected)}`,
      `      found    ${brief(actual)}`,
      ...(hintOf(code) ? [`      ${hintOf(code)}`] : []),
    ]),
  ];
}

function brief(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
