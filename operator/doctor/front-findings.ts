import { readContainerStates, type ContainerState } from "../../drills/hosts/container-state";
import { connectEngine, sshArguments } from "../../drills/hosts/engine";
import { askedOf, type AskedTargets } from "../../drills/hosts/front-state";
import { readMadePorts } from "../../drills/hosts/listening";
import { hostPort } from "../../settings/address";
import type { Environment } from "../../settings/environment";
import { isClosed } from "../../settings/front";
import { containerName } from "../../settings/names";
import { viewFrom, type HostView } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";
import { good, problem, unknown, type Finding } from "./finding";

const CHECK = "front";
const UP = "understudy up --execute";

/** What a host has of the front. */
export interface FrontFacts {
  /** Whether its stack has certificates, and uses them. */
  readonly certificates: boolean;
  readonly closed: boolean;
  readonly container: ContainerState;
  /** What its Prometheus asks of the other host; null when it does not say, or there is no other host. */
  readonly asked: AskedTargets | null;
}

/** Whether what speaks HTTP on a host is behind TLS, and the other host's is read through its front. */
export async function frontFindings(
  host: string,
  environment: Environment,
  certificates: boolean,
): Promise<readonly Finding[]> {
  const view = viewFrom(environment, host);
  const engine = connectEngine(view.self);
  try {
    const made = await readMadePorts(host, engine);
    const [front] = await readContainerStates(view.self, engine, ["front"]);
    if (front === undefined || made.size === 0) return [];
    const asked = view.peer && certificates ? await askedOf(view.self, view.peer.name, environment) : null;
    const facts = { certificates, closed: isClosed(made), container: front.container, asked };
    return [frontFinding(view, environment, facts)];
  } catch (error) {
    return [unknown(CHECK, host, messageOf(error), `ssh ${sshArguments(view.self).join(" ")} true`)];
  } finally {
    engine.close();
  }
}

/** The same from what was read. Pure. */
export function frontFinding({ self, peer }: HostView, { ports }: Environment, facts: FrontFacts): Finding {
  const { certificates, closed, container, asked } = facts;
  const is = (words: string, fix: string): Finding => problem(CHECK, self.name, words, fix);
  if (!certificates) {
    return container.read || closed
      ? is(
          "its stack has no certificates any more, or encryption is plain now, and its services are still as with them",
          UP,
        )
      : good(
          CHECK,
          self.name,
          "none: without certificates, or with encryption: plain, its services speak plain HTTP where its ports listen",
        );
  }
  if (peer === undefined)
    return closed
      ? good(CHECK, self.name, "none is needed: what speaks HTTP listens on this host alone")
      : is("its stack has certificates, and what speaks HTTP still listens on the host's addresses", UP);
  const at = hostPort(peer.replication_address, ports.front);
  const logs = `ssh ${sshArguments(self).join(" ")} docker logs --tail 20 ${containerName("front")}`;
  if (!container.read) return is(`there is no container: ${container.reason}`, UP);
  if (!container.running || container.health === "unhealthy")
    return is(`its container is ${container.status}, ${container.health}`, logs);
  if (asked === null) return unknown(CHECK, self.name, "its Prometheus does not say how it asks the other host", logs);
  if (asked.through < asked.all)
    return is(`its Prometheus asks ${String(asked.all - asked.through)} services of ${peer.name} in plain HTTP`, UP);
  if (asked.all > 0 && asked.answering === 0)
    return is(
      `no service of ${peer.name} answers its Prometheus through the front at ${at}`,
      `let ${self.name} reach ${at}; then understudy certificates, and understudy up --execute`,
    );
  if (!closed) return is("what speaks HTTP still listens on the host's addresses", UP);
  const words = `what speaks HTTP listens on this host alone; ${String(asked.answering)} of ${String(asked.all)} services of ${peer.name} answer through ${at}`;
  return good(CHECK, self.name, words);
}
