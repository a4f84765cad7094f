import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { Issue, Verification } from "../certificate/verify-index.js";
import { ExpungeError } from "../errors.js";
import { toBase64 } from "../records/bytes.js";
import { reasonOf } from "./arguments.js";
import { describeStatement } from "./describe-certificate.js";
import { EXIT_FALSE_CERTIFICATE } from "./exit-codes.js";
import { issuerOf, readPublicKeyFile, verifyWith } from "./issuer-key.js";
import { checkInLedger, describePlace, type LedgerPlace, readEvidence } from "./ledger-evidence.js";
import { bad, count, createOutput, good } from "./output.js";

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
      "model directory or weights file (.safetensors) that the certificate must speak of: only the newest certificate of a model does",
    )
    .option("--subject <id>", "check that this subject is among those forgotten (needs --salt)")
    .option("--salt <hex>", "the salt that forget printed, to be handed to whoever asked")
    .option("--ledger <file>", "proof that it stands in the ledger (.tlog-proof); needs --log-key")
    .option("--log-key <key>", "the ledger's verifier key, name+hash+base64, or a file that holds it")
    .option(
      "--earlier-checkpoint <file>",
      "a checkpoint of this ledger kept from before: check that nothing of it was changed since (needs --consistency)",
    )
    .option("--consistency <file>", "proof of that: hashes in base64, one a line")
    .option("--json", "print JSON: ok, issues, the statement, and what the ledger says")
    .addHelpText(
      "after",
      `
Exit code 0: every check passed. 1: the certificate is false, not about this model or subject, or not in this ledger.
Nothing is fetched: all checks are made offline, from the files given.

Examples:
    $ expunge verify model/certificates/3f0c….json --model model
    $ expunge verify certificate.json --public-key issuer.pub
    $ expunge verify certificate.json --public-key issuer.pub --subject ann@example.com --salt 5a…
    $ expunge verify certificate.json --public-key expunge-keys.json --ledger certificate.tlog-proof \\
        --log-key ledger.example.com/expunge+1a2b3c4d+AQ… \\
        --earlier-checkpoint checkpoint-of-march --consistency consistency.txt`,
    )
    .action(async (path: string, options: VerifyFlags) => {
      assertTogether(options);
      const given = await readEvidence(path, "certificate", "E_CERTIFICATE");
      const keyText = await readPublicKeyFile(options.publicKey);
      const text = envelopeIn(given, path);
      const key = issuerOf(text, keyText);
      const verification = verifyWith(text, key, {
        ...(options.model === undefined ? {} : { modelAfter: await readWeights(options.model) }),
        ...(options.subject === undefined
          ? {}
          : { subject: { id: options.subject, salt: options.salt as string } }),
      });
      const ledger = await checkLedgerFiles(text, options);
      const result = { ...verification, ...(ledger === null ? {} : withLedger(verification, ledger)) };
      createOutput(options.json === true).result(result, () => [
        ...describe(result, options.publicKey === undefined),
        ...(result.ok && ledger ? describePlace(ledger) : []),
      ]);
      if (!result.ok) process.exitCode = EXIT_FALSE_CERTIFICATE;
    });
}

/** The envelope, or what a service answers, which holds one. @throws ExpungeError E_CERTIFICATE where there is none */
function envelopeIn(text: string, path: string): string {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new ExpungeError("E_CERTIFICATE", `${path} is no JSON: it is no certificate, or was cut off.`);
  }
  const { payload, envelope } = Object(found) as { payload?: unknown; envelope?: unknown };
  if (payload !== undefined) return text;
  if (envelope !== undefined) return JSON.stringify(envelope);
  const fields = Object.keys(Object(found)).slice(0, 10).join(", ") || "none";
  throw new ExpungeError(
    "E_CERTIFICATE",
    `${path} is no certificate: expected a DSSE envelope with payload, payloadType and signatures; its fields: ${fields}.`,
  );
}

interface VerifyFlags {
  readonly publicKey?: string;
  readonly model?: string;
  readonly subject?: string;
  readonly salt?: string;
  readonly ledger?: string;
  readonly logKey?: string;
  readonly earlierCheckpoint?: string;
  readonly consistency?: string;
  readonly json?: boolean;
}

function assertTogether(options: VerifyFlags): void {
  const { subject, salt, ledger, logKey, earlierCheckpoint, consistency } = options;
  if ((subject === undefined) !== (salt === undefined))
    throw new ExpungeError("E_OPTION", "Give --subject and --salt together.");
  if ((ledger === undefined) !== (logKey === undefined))
    throw new ExpungeError("E_OPTION", "Give --ledger and --log-key together.");
  if ((earlierCheckpoint === undefined) !== (consistency === undefined))
    throw new ExpungeError("E_OPTION", "Give --earlier-checkpoint and --consistency together.");
  if (earlierCheckpoint !== undefined && ledger === undefined)
    throw new ExpungeError("E_OPTION", "Give --earlier-checkpoint with --ledger and --log-key.");
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

/** Weights are replaced in one step by forget, so they are read without the directory's lock. */
async function readWeights(path: string): Promise<Uint8Array> {
  const generation = await readFile(join(path, "current"), "utf8").catch(() => null);
  const file =
    generation === null ? path : join(path, "generations", generation.trim(), "weights.safetensors");
  return new Uint8Array(
    await readFile(file).catch((error: NodeJS.ErrnoException) => {
      throw new ExpungeError("E_MODEL", `Cannot read the model's weights ${file}: ${reasonOf(error)}.`);
    }),
  );
}

/** Where a check fails for a reason that is no fraud, what that reason may be. */
const HINTS: Readonly<Record<string, string>> = {
  SIGNATURE: "It was signed with another key than --public-key, or changed after it was signed.",
  MODEL_AFTER:
    "The model has other weights. If it has forgotten again since, its newest certificate speaks of it, and this one of an earlier state.",
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

function describe({ ok, issues, statement }: Verification, isOwnKey: boolean): string[] {
  const hintOf = (code: string) => (code === "SIGNATURE" && isOwnKey ? OWN_KEY_HINT : HINTS[code]);

  if (ok && statement) return [good("The certificate holds."), ...describeStatement(statement)];
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
