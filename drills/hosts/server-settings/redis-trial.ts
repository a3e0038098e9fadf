import type Docker from "dockerode";
import { containerName, GUARD_FOLDER, filePath } from "../../../settings/names";
import { redisLine, settingsText, type LayeredSetting } from "../../../settings/server/layers";
import { guardScript } from "../guard-script";
import { readInContainer } from "../run-in-container";
import { eachAlone, parseTrial, type Trial } from "./trial";

const ASK_MS = 120_000;

/**
 * A server of its own, without data and without a port, started as the next start would set it: it answers, or has ended at
 * once. What belongs to a host, to its role and to passwords is left out.
 */
const TRIAL_SERVER = `set -u
umask 077
bin=${GUARD_FOLDER}
${guardScript("redis-login.sh")}
room=$(mktemp -d) || { echo 'untried no room to ask Redis'; exit 0; }
trial=
end_trial() { [ -z "$trial" ] || { kill -KILL "$trial" && wait "$trial"; } 2>/dev/null; trial=; }
trap 'end_trial; rm -rf "$room"' EXIT
sed -E '/^(include|port|bind|logfile|aclfile|requirepass|masterauth|masteruser|dir|unixsocket) /d' ${filePath("redis.conf")} >"$room/base" ||
  { echo 'untried its files cannot be read'; exit 0; }
begins() {
  end_trial
  rm -rf "$room/d" "$room/s" && mkdir "$room/d" || return 1
  { cat "$room/base" && printf '%s\\nport 0\\nunixsocket %s/s\\ndir %s/d\\n' "$1" "$room" "$room"; } >"$room/conf"
  redis-server "$room/conf" >"$room/out" 2>&1 &
  trial=$!
  turns=0
  while kill -0 "$trial" 2>/dev/null && [ "$turns" -lt 200 ]; do
    [ "$(timeout 2 redis-cli -s "$room/s" ping 2>/dev/null </dev/null)" != PONG ] || return 0
    turns=$((turns + 1))
    sleep 0.05
  done
  return 1
}
values_of() { awk 'NR % 2 { name = $0; next } name !~ /(pass|auth|user)$/ { print name "\\t" $0 }'; }
`;

/** Words: the text of all settings, then a name and a text for each alone. */
export const REDIS_TRIAL = `${TRIAL_SERVER}
words() { tail -n 4 "$room/out" | tr '\\n\\t' '  '; }
if begins "$1"; then echo taken; exit 0; fi
printf 'refused\\t\\t%s\\n' "$(words)"
shift
while [ $# -gt 1 ]; do
  begins "$2" || printf 'refused\\t%s\\t%s\\n' "$1" "$(words)"
  shift 2
done`;

/** What the next start would give every setting, and what the server that runs has. */
export const REDIS_SETTINGS = `${TRIAL_SERVER}
text=$(cat ${filePath("settings.conf")} 2>/dev/null)
begins "$text" || { echo 'untried its settings are none that it starts with'; exit 0; }
echo next
redis-cli -s "$room/s" config get '*' 2>/dev/null </dev/null | tr -d '\\r' | values_of
end_trial
echo running
ask_redis 5 config get '*' | tr -d '\\r' | values_of
echo role
ask_redis 5 info replication | tr -d '\\r' | sed -n 's/^role:/role\\t/p; s/^master_link_status:/link\\t/p'
echo text
printf '%s\\n' "$text"`;

/** What the trial is told: everything, then each setting alone. */
export function redisTrialWords(layers: readonly LayeredSetting[]): readonly string[] {
  return [settingsText(layers, redisLine), ...layers.flatMap((one) => [one.name, eachAlone(one, layers, redisLine)])];
}

/** Tries settings on one host; nothing of its server changes. @throws Error when its engine does not say */
export async function tryRedis(docker: Docker, layers: readonly LayeredSetting[]): Promise<Trial> {
  const command = ["sh", "-c", REDIS_TRIAL, "sh", ...redisTrialWords(layers)];
  return parseTrial(await readInContainer(docker, containerName("redis"), command, ASK_MS));
}
