import { Command } from "commander";
import { VERSION } from "../version.js";
import { addAuditCommand } from "./command-audit.js";
import { addBackupCommand } from "./command-backup.js";
import { addCallbacksCommand } from "./command-callbacks.js";
import { addCardCommand } from "./command-card.js";
import { addCorrectCommand } from "./command-correct.js";
import { addEncodeCommand } from "./command-encode.js";
import { addEvaluateCommand } from "./command-evaluate.js";
import { addExportCommand } from "./command-export.js";
import { addForgetCommand } from "./command-forget.js";
import { addInspectCommand } from "./command-inspect.js";
import { addLearnCommand } from "./command-learn.js";
import { addPlanCommand } from "./command-plan.js";
import { addPredictCommand } from "./command-predict.js";
import { addPublicKeysCommand } from "./command-public-keys.js";
import { addQuotaCommand } from "./command-quota.js";
import { addRestoreCommand } from "./command-restore.js";
import { addRotateKeysCommand } from "./command-rotate-keys.js";
import { addSchemaCommand } from "./command-schema.js";
import { addServeCommand } from "./command-serve.js";
import { addTenantCommand } from "./command-tenant.js";
import { addTrainCommand } from "./command-train.js";
import { addTuneCommand } from "./command-tune.js";
import { addVerifyCommand } from "./command-verify.js";
import { addWorkerCommand } from "./command-worker.js";
import { EXIT_TEXTS } from "./exit-codes.js";

/** The command line; what is wrong with the arguments is thrown as a CommanderError, for `reportError` to say. */
export function createProgram(): Command {
  const program = new Command("expunge")
    .description("Certified machine unlearning: train, forget people in a few steps, prove it.")
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText("after", helpText());
  for (const add of [
    addPlanCommand,
    addSchemaCommand,
    addTrainCommand,
    addTuneCommand,
    addEncodeCommand,
    addPredictCommand,
    addEvaluateCommand,
    addForgetCommand,
    addLearnCommand,
    addCorrectCommand,
    addVerifyCommand,
    addAuditCommand,
    addInspectCommand,
    addExportCommand,
    addCardCommand,
    addServeCommand,
    addWorkerCommand,
    addTenantCommand,
    addQuotaCommand,
    addCallbacksCommand,
    addBackupCommand,
    addRestoreCommand,
    addRotateKeysCommand,
    addPublicKeysCommand,
  ]) {
    add(program);
  }
  return program;
}

function helpText(): string {
  const exits = Object.entries(EXIT_TEXTS).map(([code, text]) => `    ${code.padStart(3)}  ${text}`);
  return `
Examples, from a table to a certificate:
    $ expunge schema infer people.csv --label churned --subject email --out schema.json
    $ expunge train people.csv --schema schema.json --out model --epsilon 1 --delta 1e-5
    $ expunge forget model --subject ann@example.com
    $ expunge verify model/certificates/<id>.json --model model

With --json results are JSON on stdout, errors are JSON on stderr. Colours and progress bars appear on a terminal only;
NO_COLOR and FORCE_COLOR are heeded. EXPUNGE_KEY names the signing key (default ~/.config/expunge/signing-key).

Exit codes:
${exits.join("\n")}`;
}
