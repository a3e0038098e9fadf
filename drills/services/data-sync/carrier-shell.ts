/**
 * The program of a carrier's conversation: each line is a script and its words, all in base64, a word with `-` before it
 * so that an empty one is seen. It prints what the script prints, then `ok`, or `error` and how it ended.
 */
export const CARRIER_SHELL = `while read -r script words; do
set --
for one in $words; do set -- "$@" "$(printf %s "\${one#-}" | base64 -d)"; done
sh -c "$(printf %s "$script" | base64 -d)" sh "$@" </dev/null 2>"/tmp/complaint.$$"
code=$?
if [ "$code" = 0 ]; then echo ok; else echo "error exited $code: $(tr '\\n' ' ' <"/tmp/complaint.$$")"; fi
rm -f "/tmp/complaint.$$"
done`;

/** The line that has a script run, which ends at its first command that fails; `$1` and on are `words`. */
export function shellLine(script: string, words: readonly string[]): string {
  const encoded = (text: string): string => Buffer.from(text).toString("base64");
  return [encoded(`set -e\n${script}`), ...words.map((word) => `-${encoded(word)}`)].join(" ");
}
