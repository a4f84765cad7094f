import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { runDemo } from "../demo/run-demo.js";
import { positiveInteger } from "./arguments.js";
import { bad, createOutput, fields, figure, good } from "./output.js";

export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description("Train, serve 20 deletion requests of mixed size, verify every certificate, write a report")
    .option("--data <folder>", "MNIST's idx files or UCI Adult (default: a generated table)")
    .option("--out <folder>", "where to write", "expunge-demo")
    .option("--requests <n>", "how many requests", positiveInteger, 20)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n    $ expunge demo\n    $ expunge demo --data ../shared/data/mnist --out mnist-demo",
    )
    .action(async (options) => {
      const output = createOutput(options.json === true);
      const bar = output.progress("training");
      const report = await runDemo({
        out: options.out,
        requests: options.requests,
        note: (text) => {
          bar.stop();
          output.note(text);
        },
        onProgress: bar.report,
        ...(options.data === undefined ? {} : { data: options.data }),
      }).finally(bar.stop);
      const { totals, requests, training } = report;
      const verified = requests.filter((request) => request.verified).length;
      output.result(report, () => [
        verified === requests.length
          ? good(`All ${verified} certificates verified.`)
          : bad(`${requests.length - verified} of ${requests.length} certificates do NOT verify.`),
        ...fields([
          ["people forgotten", requests.reduce((n, r) => n + r.subjectCount, 0)],
          ["rows removed", requests.reduce((n, r) => n + r.rowCount, 0)],
          ["accuracy, trained", training.accuracy],
          ["accuracy without noise", training.noiselessAccuracy],
          ["accuracy at the end", requests[requests.length - 1].accuracy],
          ["largest epsilon certified", Math.max(...requests.map((r) => r.epsilon))],
          ["steps, all requests", totals.steps],
          ["by the paper's accountant", totals.paperSteps ?? "cannot meet the promise at this noise"],
          ["by retraining", totals.retrainSteps],
          ["milliseconds, all requests", totals.milliseconds],
          [
            "retraining, measured",
            totals.retrainMillisecondsMeasured === null
              ? null
              : `${figure(totals.retrainMillisecondsMeasured)} ms`,
          ],
          ["report", pathToFileURL(join(options.out, "report.html")).href],
        ]),
      ]);
      if (verified < requests.length) process.exitCode = 1;
    });
}
