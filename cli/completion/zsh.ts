import { choicesByPlace, pathsBelow, placesOf, quoted, type CommandWords, type Word } from "./words";

/** For zsh, with what each word means: in a file `_understudy` of `$fpath`, or sourced after `compinit`. */
export function zshCompletion(words: readonly CommandWords[]): string {
  const any = (places: readonly string[]): string => places.map(quoted).join("|");
  const described = (list: readonly Word[]): string =>
    list.map(({ word, meaning }) => quoted(`${word}:${meaning}`)).join(" ");
  return `#compdef understudy
# What zsh offers after understudy: printed by understudy completion zsh.
_understudy() {
  local at=understudy word prev=\${words[CURRENT-1]}
  local -a verbs options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${any(pathsBelow(words))}) at="$at $word" ;;
    esac
  done
  case "$at $prev" in
    (${any(placesOf(words, "file"))}) _files; return ;;
    (${any(placesOf(words, "text"))}) return 1 ;;
${choicesByPlace(words)
  .map(([place, choices]) => `    (${quoted(place)}) compadd -- ${choices.map(quoted).join(" ")}; return ;;`)
  .join("\n")}
  esac
  case "$at" in
${words
  .map(
    ({ path, verbs, options }) => `    (${quoted(path)})
      verbs=(${described(verbs)})
      options=(${described(options)}) ;;`,
  )
  .join("\n")}
  esac
  _describe -t verbs verb verbs
  _describe -o -t options option options
}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then _understudy "$@"; else compdef _understudy understudy; fi
`;
}
