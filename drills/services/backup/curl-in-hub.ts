import type Docker from "dockerode";
import { openConversation } from "../../hosts/conversation";
import { HttpRefusal } from "../../hosts/http";
import type { Get } from "./content/content";

const ANSWER_MS = 60_000;

/** What curl printed: the answer, and its status in a line of its own. @throws HttpRefusal when that is not 2xx */
export function answerOf(printed: string): string {
  const end = printed.lastIndexOf("\n");
  const [text, status] = [printed.slice(0, Math.max(0, end)), Number(printed.slice(end + 1))];
  if (status < 200 || status >= 300) throw new HttpRefusal(status, text);
  return text;
}

/**
 * What a hub runs for somebody who has logged in. Each line is the login and a path; it answers with what curl printed, in
 * base64. The login goes from this program's stdin into curl's: it is in no file, and no process has it as an argument.
 */
export const LOGGED_IN_SHELL = `while read -r login path; do
if said=$(printf 'header = "authorization: Basic %s"\\n' "$login" |
  curl -sS --max-time 30 -w '\\n%{http_code}' --config - "$1$path" 2>&1); then
  printf %s "$said" | base64 | tr -d '\\n'
  echo
  echo ok
else echo "error curl exited $?: $(printf %s "$said" | tr '\\n' ' ')"; fi
done`;

/**
 * Asks a service as somebody who has logged in, through a container of its network that has curl.
 * @param base where the service answers, without a path
 */
export async function loggedIn(
  docker: Docker,
  hub: string,
  base: string,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<Get> {
  const talk = await openConversation(docker, hub, hub, ["sh", "-c", LOGGED_IN_SHELL, "sh", base]);
  const login = Buffer.from(`${user}:${password}`).toString("base64");
  return async (path) => {
    const [said = ""] = await talk.ask(`${login} ${path}`, ANSWER_MS, `GET ${path}`);
    return answerOf(Buffer.from(said, "base64").toString("utf8"));
  };
}
