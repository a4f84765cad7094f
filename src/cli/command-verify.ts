import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { type Verification, verify } from "../certificate/verify-index.js";
import { ExpungeError } from "../errors.js";
import { defaultKeyPath } from "../store/signing-key.js";
import { readText } from "./arguments.js";
import { EXIT_FALSE_CERTIFICATE } from "./exit-codes.js";
import { bad, createOutput, fields, figure, good, heading } from "./output.js";

export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("Check a certificate: signature, consistency, and every number of its claim computed anew")
    .argument("<certificate>", "certificate file (DSSE envelope)")
    .option("--public-key <file>", "the issuer's public key, PEM or hex (default: this user's own)")
    .option("--model <path>", "model directory or weights file that the certificate must speak of")
    .option("--subject <id>", "check that this subject is among those forgotten (needs --salt)")
    .option("--salt <hex>", "the salt handed out with the certificate")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Exit code 0: every check passed. 1: the certificate is false, or not about this model or subject.

Examples:
    $ expunge verify model/certificates/3f0c….json --public-key issuer.pub
    $ expunge verify certificate.json --public-key issuer.pub --model model --subject ann@example.com --salt 5a…`,
    )
    .action(async (path: string, options) => {
      if ((options.subject === undefined) !== (options.salt === undefined)) {
        throw new ExpungeError("E_OPTION", "Give --subject and --salt together.");
      }
      const text = await readText(path);
      const publicKey = await readText(options.publicKey ?? `${defaultKeyPath()}.pub`);
      const verification = verify(text, {
        publicKey,
        ...(options.model === undefined ? {} : { modelAfter: await readWeights(options.model) }),
        ...(options.subject === undefined ? {} : { subject: { id: options.subject, salt: options.salt } }),
      });
      createOutput(options.json === true).result(verification, () => describe(verification));
      if (!verification.ok) process.exitCode = EXIT_FALSE_CERTIFICATE;
    });
}

async function readWeights(path: string): Promise<Uint8Array> {
  const generation = await readFile(join(path, "current"), "utf8").catch(() => null);
  const file =
    generation === null ? path : join(path, "generations", generation.trim(), "weights.safetensors");
  return new Uint8Array(
    await readFile(file).catch((error: Error) => {
      throw new ExpungeError("E_MODEL", `Cannot read the model's weights ${file}: ${error.message}`);
    }),
  );
}

function describe({ ok, issues, statement }: Verification): string[] {
  const claim = statement?.predicate?.claim;
  const request = statement?.predicate?.request;
  if (ok && statement && claim && request) {
    const { joint, process: run, cost } = statement.predicate;
    return [
      good("The certificate holds."),
      ...fields([
        ["rows removed", request.rowCount],
        ["subjects named", request.subjects.length],
        [
          "claim",
          `epsilon = ${figure(claim.epsilon)} at delta = ${figure(claim.delta)} (mu = ${figure(claim.mu)})`,
        ],
        [
          "all releases seen",
          `epsilon = ${figure(joint.epsilon)} over releases at steps ${joint.releases.join(", ")}`,
        ],
        [
          "steps",
          `${run.stepsBefore} to ${run.stepsAfter} (${cost.steps} for this request; retraining: ${figure(cost.retrainSteps)})`,
        ],
        ["issued", statement.predicate.issuedAt],
      ]),
      heading("What it does not cover"),
      ...statement.predicate.notCovered.map((line) => `  - ${line}`),
    ];
  }
  return [
    bad(`The certificate does not hold: ${issues.length} issue(s).`),
    ...issues.map(
      ({ code, path, expected, actual }) =>
        `  ${code}  ${path}\n      expected ${brief(expected)}\n      found    ${brief(actual)}`,
    ),
  ];
}

function brief(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
