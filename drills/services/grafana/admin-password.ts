import type Docker from "dockerode";
import { openConversation } from "../../hosts/conversation";
import { exchange, HttpRefusal, type HttpHost } from "../../hosts/http";

const COMMAND_MS = 120_000;
const ANSWER_MS = 15_000;

/** Grafana's administrator, whose password the stacks have. */
export const ADMIN = "admin";

/** Who is logged in: what tells whether somebody is. */
export const LOGIN_PATH = "/api/user";

/**
 * What runs in Grafana's container. The password comes on stdin and goes on to Grafana's own command on its stdin: no
 * process has it as an argument, and no file has it.
 */
export const TELL_SHELL = `while IFS= read -r password; do
if said=$(printf '%s\\n' "$password" | grafana cli admin reset-admin-password --password-from-stdin 2>&1); then echo ok
else echo "error grafana cli exited $?: $(printf %s "$said" | tr '\\n' ' ')"; fi
done`;

/**
 * Gives the administrator of a Grafana this password, in the database of its volume, while it runs: Grafana looks there at
 * each login. It needs no former password, so data that a restore brought back are no obstacle. Sessions stay.
 * @throws Error with Grafana's own words
 */
export async function tellGrafana(docker: Docker, container: string, password: string): Promise<void> {
  const talk = await openConversation(docker, container, container, ["sh", "-c", TELL_SHELL]);
  try {
    await talk.ask(password, COMMAND_MS, "grafana cli admin reset-admin-password");
  } finally {
    talk.close();
  }
}

/** What a login is sent as. */
export function basicLogin(password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${ADMIN}:${password}`).toString("base64")}` };
}

/**
 * Whether Grafana lets its administrator in with this password. After five wrong ones within five minutes it lets nobody in
 * for a while, and says the same: so it is asked once, and with the one that is likely first.
 * @throws Error where it does not answer, or not to the question
 */
export async function grafanaTakes(host: HttpHost, port: number, password: string): Promise<boolean> {
  const asked = { host, port, path: LOGIN_PATH, headers: basicLogin(password), timeoutMs: ANSWER_MS };
  const { status, text } = await exchange(asked);
  if (status === 401) return false;
  if (status < 200 || status >= 300) throw new HttpRefusal(status, text);
  return true;
}
