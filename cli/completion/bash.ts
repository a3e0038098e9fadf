import { choicesByPlace, pathsBelow, placesOf, quoted, type CommandWords } from "./words";

/** For bash 3.2 and newer. A path is left to bash itself, which offers files where nothing else fits. */
export function bashCompletion(words: readonly CommandWords[]): string {
  const any = (places: readonly string[]): string => places.map(quoted).join(" | ");
  const offer = (place: string, list: readonly string[]): string =>
    `${quoted(place)}) offers=${quoted(list.join(" "))} ;;`;
  return `# shellcheck shell=bash
# What bash offers after understudy: printed by understudy completion bash.
_understudy() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at=understudy word offers
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${any(pathsBelow(words))}) at="$at $word" ;;
    esac
  done
  case "$at $prev" in
    ${any([...placesOf(words, "file"), ...placesOf(words, "text")])}) offers= ;;
    ${choicesByPlace(words)
      .map(([place, choices]) => offer(place, choices))
      .join("\n    ")}
    *) case "$at" in
      ${words
        .map(({ path, verbs, options }) =>
          offer(
            path,
            [...verbs, ...options].map(({ word: one }) => one),
          ),
        )
        .join("\n      ")}
    esac ;;
  esac
  # shellcheck disable=SC2207 # none of the words has a space in it
  COMPREPLY=($(compgen -W "$offers" -- "$cur"))
}
complete -o default -F _understudy understudy
`;
}
