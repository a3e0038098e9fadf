import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { openPair } from "../../drills/hosts/sessions";
import { hasFront } from "../../settings/encryption";
import { containerName } from "../../settings/names";
import { SERVICE_NAMES } from "../../settings/services";
import { labCredentials, labEnvironment } from "./lab-stacks";

/** What `docker ps` says of a healthy container's status, like "Up 5 seconds (healthy)". */
const HEALTHY = /^Up .*\(healthy\)$/;

/** Waits until `docker ps` on both hosts of the lab's pair shows the seven services and the front healthy, and nothing but ours. */
export async function untilDockerSaysHealthy(): Promise<void> {
  const credentials = await labCredentials();
  const front = hasFront(labEnvironment(), credentials.clients !== undefined) ? (["front"] as const) : [];
  const expected = [...SERVICE_NAMES, ...front].map(containerName).sort();
  const pair = await openPair({ fromHost: "host-a", toHost: "host-b" }, labEnvironment(), credentials);
  try {
    for (const { host, engine } of [pair.from, pair.to]) {
      const { reading } = await pollUntil(
        () => engine.docker.listContainers(),
        (containers) => containers.length === expected.length && containers.every(({ Status }) => HEALTHY.test(Status)),
        { deadlineMs: 90_000, pauseMs: 1000 },
      );
      const names = reading.map(({ Names }) => (Names[0] ?? "").replace(/^\//, "")).sort();
      expect(names, host.name).to.deep.equal(expected);
      const ailing = reading.filter(({ Status }) => !HEALTHY.test(Status));
      expect(
        ailing.map(({ Names, Status }) => `${String(Names[0])} ${Status}`),
        host.name,
      ).to.deep.equal([]);
    }
  } finally {
    pair.close();
  }
}
