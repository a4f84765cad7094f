import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { type Verification, verify } from "../certificate/verify-index.js";
import { ExpungeError } from "../errors.js";
import { defaultKeyPath } from "../store/signing-key.js";
import { reasonOf } from "./arguments.js";
import { describeStatement } from "./describe-certificate.js";
import { EXIT_FALSE_CERTIFICATE } from "./exit-codes.js";
import { bad, count, createOutput, good } from "./output.js";

export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("Check a certificate: signature, consistency, and every number of its claim computed anew")
    .argument("<certificate>", "certificate file (DSSE envelope)")
    .option(
      "--public-key <file>",
      "the issuer's public key, PEM or hex (default: this user's own, beside the signing key)",
    )
    .option(
      "--model <path>",
      "model directory or weights file (.safetensors) that the certificate must speak of: only the newest certificate of a model does",
    )
    .option("--subject <id>", "check that this subject is among those forgotten (needs --salt)")
    .option("--salt <hex>", "the salt that forget printed, to be handed to whoever asked")
    .option("--json", "print JSON: ok, issues, and the statement")
    .addHelpText(
      "after",
      `
Exit code 0: every check passed. 1: the certificate is false, or not about this model or subject.

Examples:
    $ expunge verify model/certificates/3f0c….json --model model
    $ expunge verify certificate.json --public-key issuer.pub
    $ expunge verify certificate.json --public-key issuer.pub --subject ann@example.com --salt 5a…`,
    )
    .action(async (path: string, options) => {
      if ((options.subject === undefined) !== (options.salt === undefined)) {
        throw new ExpungeError("E_OPTION", "Give --subject and --salt together.");
      }
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        throw new ExpungeError("E_CERTIFICATE", `Cannot read the certificate ${path}: ${reasonOf(error)}.`);
      });
      const publicKey = await readPublicKeyFile(options.publicKey);
      const verification = verify(text, {
        publicKey,
        ...(options.model === undefined ? {} : { modelAfter: await readWeights(options.model) }),
        ...(options.subject === undefined ? {} : { subject: { id: options.subject, salt: options.salt } }),
      });
      createOutput(options.json === true).result(verification, () => describe(verification));
      if (!verification.ok) process.exitCode = EXIT_FALSE_CERTIFICATE;
    });
}

async function readPublicKeyFile(given: string | undefined): Promise<string> {
  const path = given ?? `${defaultKeyPath()}.pub`;
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    const hint =
      given === undefined
        ? " This user has signed nothing yet: give the issuer's with --public-key FILE."
        : "";
    throw new ExpungeError("E_KEY", `Cannot read the public key ${path}: ${reasonOf(error)}.${hint}`);
  });
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
};

function describe({ ok, issues, statement }: Verification): string[] {
  if (ok && statement) return [good("The certificate holds."), ...describeStatement(statement)];
  return [
    bad(`The certificate does not hold: ${count(issues.length, "issue")}.`),
    ...issues.flatMap(({ code, path, expected, actual }) => [
      `  ${code}  ${path}`,
      `      expected ${brief(expected)}`,
      `      found    ${brief(actual)}`,
      ...(HINTS[code] ? [`      ${HINTS[code]}`] : []),
    ]),
  ];
}

function brief(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
