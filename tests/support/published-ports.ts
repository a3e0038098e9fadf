import { hasFront } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { OPEN, portTable, type Audience, type FrontPlan } from "../../settings/front";

type Published = Pick<FrontPlan, "front" | "closed">;

/** What a pair of hosts with certificates publishes: HTTP behind its front alone. */
export const CLOSED: Published = { front: true, closed: true };

/** What the hosts of an environment publish, once it has been brought up. */
export function publishedBy(environment: Pick<Environment, "encryption">): Published {
  return hasFront(environment, true) ? CLOSED : OPEN;
}

/**
 * Ports of the table on which a host answers these audiences, ascending. Where plain connections are refused, Redis answers
 * on its encrypted port instead of the plain one.
 */
export function answeringPorts(environment: Environment, ...audiences: readonly Audience[]): readonly number[] {
  const { ports, encryption } = environment;
  return portTable(environment, publishedBy(environment))
    .filter(({ audience }) => audiences.includes(audience))
    .map(({ key, port }) => (key === "redis" && encryption === "required" ? ports.redis_tls : port))
    .sort((one, other) => one - other);
}
