import type { Command } from "commander";
import { WORDS_OF_PROGRAMS, type Words } from "../errors.js";

/** What whoever gives a command options calls them: `--max-noise`, `--requesters adaptive`; what is no option is called as in programs. */
export function optionWords(command: Command): Words {
  const flagOf = (name: string) => command.options.find((option) => option.attributeName() === name)?.long;
  return {
    field(name, index) {
      const flag = flagOf(name);
      if (!flag) return WORDS_OF_PROGRAMS.field(name, index);
      return index === undefined ? flag : `number ${index + 1} of ${flag}`;
    },
    setting(name, value) {
      const flag = flagOf(name);
      return flag ? `${flag} ${value}` : WORDS_OF_PROGRAMS.setting(name, value);
    },
  };
}
