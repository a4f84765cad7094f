import { parseArgs } from "node:util";

/**
 * Reads the options of a script as `parseArgs` of Node does, but says what is wrong in one line, and what there is where --help asks for it. Both
 * end the process. An option with `isOwn` is for the script's own child processes, and not shown.
 *
 * @param config what `parseArgs` takes
 * @returns what it returns
 */
export function readArgs(config) {
  return orOneLine(() => {
    const { options = {} } = config;
    const read = parseArgs({ ...config, options: { ...options, help: { type: "boolean" } } });
    if (!read.values.help) return read;
    console.log(optionsText(options));
    process.exit(0);
  });
}

/** Runs what reads arguments; where it throws, its message is the last line, and the exit code is 2. */
export function orOneLine(read) {
  try {
    return read();
  } catch (error) {
    const [said] = error.message.split(/\n|\. To specify/);
    console.error(`${said.replace(/\.$/, "")}. --help lists the options.`);
    process.exit(2);
  }
}

/** A line for each option, with its default. */
function optionsText(options) {
  const shown = Object.entries(options).filter(([, { isOwn }]) => !isOwn);
  const lines = shown.map(([name, { type, default: usual }]) => {
    const value = type === "boolean" ? "" : " VALUE";
    const note = usual === undefined || usual === false || String(usual) === "" ? "" : ` (default ${usual})`;
    return `  --${name}${value}${note}`;
  });
  return ["Options (the comment at the top of the script explains them):", ...lines].join("\n");
}
