import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import {
  bad,
  count,
  createOutput,
  EXIT_FALSE_CERTIFICATE,
  fields,
  good,
  interruptible,
  positiveInteger,
} from "expunge/internal";

export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description("Train, serve deletion requests of mixed size, verify every certificate, write a report")
    .option("--data <folder>", "folder with MNIST's idx files or UCI Adult (default: a generated table)")
    .option("--out <folder>", "where to write; what an earlier demo left there is replaced", "expunge-demo")
    .option("--requests <n>", "how many requests", positiveInteger, 20)
    .option("--json", "print JSON: the report's numbers")
    .addHelpText(
      "after",
      "\nExamples:\n    $ npm run demo\n    $ npm run demo -- --data ../shared/data/mnist --out mnist-demo",
    )
    .action(async (options) => {
      const output = createOutput(options.json === true);
      const bar = output.progress("training");
      // Loaded here, because what draws the report takes longer to load than every other command together.
      const { runDemo } = await import("./demo/run-demo.js");
      const report = await interruptible((signal) =>
        runDemo({
          out: options.out,
          requests: options.requests,
          note: output.note,
          onTrained: bar.stop,
          onProgress: bar.report,
          signal,
          ...(options.data === undefined ? {} : { data: options.data }),
        }),
      ).finally(bar.stop);
      const { totals, requests, training } = report;
      const verified = requests.filter((request) => request.verified).length;
      output.result(report, () => [
        verified === requests.length
          ? good(`${count(verified, "certificate")} of ${requests.length} verified.`)
          : bad(`${requests.length - verified} of ${requests.length} certificates do NOT verify.`),
        ...fields([
          ["people forgotten", requests.reduce((n, r) => n + r.subjectCount, 0)],
          ["rows removed", requests.reduce((n, r) => n + r.rowCount, 0)],
          ["accuracy, trained", training.accuracy],
          ["accuracy without noise", training.noiselessAccuracy],
          ["accuracy at the end", requests.at(-1)?.accuracy],
          ["largest epsilon certified", Math.max(...requests.map((r) => r.epsilon))],
          ["steps, all requests", totals.steps],
          ["noise in a score, at most", Math.max(...requests.map((r) => r.noise))],
          ["by retraining", totals.retrainSteps],
          ["time, all requests", `${totals.milliseconds.toFixed(1)} ms`],
          [
            "retraining, measured",
            totals.retrainMillisecondsMeasured === null
              ? null
              : `${totals.retrainMillisecondsMeasured.toFixed(1)} ms`,
          ],
          ["report", pathToFileURL(join(options.out, "report.html")).href],
        ]),
      ]);
      if (verified < requests.length) process.exitCode = EXIT_FALSE_CERTIFICATE;
    });
}
