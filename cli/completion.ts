import { Argument, Command } from "commander";
import { bashCompletion } from "./completion/bash";
import { fishCompletion } from "./completion/fish";
import { wordsOf } from "./completion/words";
import { zshCompletion } from "./completion/zsh";
import { outputOption, structured, type TextOrJson } from "./structured-output";

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

const EXAMPLE = `
Examples:
  understudy completion bash    # write it where your shell looks, such as ~/.local/share/bash-completion/completions/understudy
  understudy completion zsh     # such as a file _understudy in a folder of $fpath
  understudy completion fish    # such as ~/.config/fish/completions/understudy.fish
`;

/**
 * `understudy completion`: what the Tab key offers after `understudy`, for one shell.
 * @param program makes the whole command, whose verbs and options are offered
 */
export function completionCommand(program: () => Command): Command {
  return new Command("completion")
    .description("print a shell's completion of this command")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SCRIPTS)))
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action((shell: keyof typeof SCRIPTS, { output }: { output: TextOrJson }) => {
      const words = wordsOf(program());
      process.stdout.write(output === "json" ? structured("json", words) : SCRIPTS[shell](words));
    });
}
