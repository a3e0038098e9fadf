const COMMAND = /^[+-][^@\s()]+$/;

/**
 * A user's rules, as ACL LIST has them, so that two servers' can be compared: single commands in a row come in the order of a
 * server's own table, which each start of it makes anew. Everything else stays where it is; among categories the order counts.
 */
export function comparableRules(rules: string): string {
  const words: string[] = [];
  let commands: string[] = [];
  const flush = (): void => {
    words.push(...commands.toSorted());
    commands = [];
  };
  for (const word of rules.split(" ")) {
    if (COMMAND.test(word)) {
      commands.push(word);
    } else {
      flush();
      words.push(word);
    }
  }
  flush();
  return words.join(" ");
}
