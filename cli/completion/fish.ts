import { pathsBelow, type CommandWords, type OptionWord } from "./words";

/** A text between single quotes, as fish takes it. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
}

function valueOf({ takes, choices }: OptionWord): string {
  if (takes === "choice") return ` -x -a ${quoted(choices.join(" "))}`;
  if (takes === "file") return " -r -F";
  return takes === "text" ? " -x" : "";
}

/** For fish 3 and newer, with what each word means. */
export function fishCompletion(words: readonly CommandWords[]): string {
  const lines = words.flatMap(({ path, verbs, options }) => {
    const here = `complete -c understudy -n ${quoted(`__understudy_at '${path}'`)}`;
    return [
      ...verbs.map(({ word, meaning }) => `${here} -a ${quoted(word)} -d ${quoted(meaning)}`),
      ...options.map((one) => `${here} -l ${one.word.replace(/^--/, "")}${valueOf(one)} -d ${quoted(one.meaning)}`),
    ];
  });
  return `# What fish offers after understudy: printed by understudy completion fish.
function __understudy_at
  set -l at understudy
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${pathsBelow(words).map(quoted).join(" ")}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c understudy -f
${lines.join("\n")}
`;
}
