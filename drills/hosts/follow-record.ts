import type Docker from "dockerode";
import { containerName } from "../../settings/names";
import type { StoreName } from "../../settings/services";
import { parseFollowRecord, type FollowRecord } from "./follow-record-text";
import { readInContainer } from "./run-in-container";

const STATE_FOLDER: Readonly<Record<StoreName, string>> = {
  timescaledb: '"${PGDATA%/*}/understudy"',
  redis: "/data/understudy",
};

/** Reads the record and the host's clock; changes nothing. Null where there is no record, as on a pair made before it. */
export async function readFollowRecord(docker: Docker, store: StoreName): Promise<FollowRecord | null> {
  const script = `read -r up _ </proc/uptime
printf 'now=%s\\nnow_up=%s\\nnow_boot=%s\\n' "$(date +%s)" "\${up%.*}" "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown)"
cat ${STATE_FOLDER[store]}/followed 2>/dev/null || :`;
  return parseFollowRecord(await readInContainer(docker, containerName(store), ["sh", "-c", script]));
}
