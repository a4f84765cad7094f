import type { Command } from "commander";
import type { Words } from "../errors.js";

/** What whoever gives a command options calls them: `--max-noise`, `--requesters adaptive`; what is no option is called as in programs. */
export function optionWords(command: Command): Words {
  const optionOf = (name: string) => command.options.find((option) => option.attributeName() === name);
  return {
    field(name, index) {
      const flag = optionOf(name)?.long;
      if (index !== undefined) return flag ? `number ${index + 1} of ${flag}` : `${name}[${index}]`;
      return flag ?? name;
    },
    setting(name, value) {
      const flag = optionOf(name)?.long;
      return flag ? `${flag} ${value}` : `${name} = "${value}"`;
    },
  };
}
