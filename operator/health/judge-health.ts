import type { ContainerState } from "../../drills/hosts/container-state";
import type { ServiceAnswer } from "../../drills/hosts/readiness";
import type { HealthStatus } from "../../evidence/health-report";

/** How one service is, and why. */
export interface HealthVerdict {
  readonly status: HealthStatus;
  /** Why it is not healthy, or what could not be read of a healthy service; null when there is nothing to say. */
  readonly reason: string | null;
}

/**
 * A service is healthy when it says so itself, from outside, and its engine does not contradict. It is unhealthy when
 * either says so, or when it is silent on a host that answers. When nobody answers, or nobody can tell, it is unknown.
 */
export function judgeHealth(answer: ServiceAnswer, container: ContainerState): HealthVerdict {
  if (!container.read) return withoutContainer(answer, container);
  const { running, status, health, said } = container;
  if (!running) return { status: "unhealthy", reason: `its container is ${status}` };
  if (health === "unhealthy" || (health === "starting" && said !== "" && answer.kind !== "ready")) {
    return { status: "unhealthy", reason: said === "" ? `its container is ${health}` : said };
  }
  if (answer.kind === "ready") return { status: "healthy", reason: null };
  return { status: answer.kind === "cannot-tell" ? "unknown" : "unhealthy", reason: answer.detail };
}

function withoutContainer(
  answer: ServiceAnswer,
  { missing, reason }: Extract<ContainerState, { read: false }>,
): HealthVerdict {
  if (missing) return { status: "unhealthy", reason: "there is no container" };
  if (answer.kind === "ready") return { status: "healthy", reason: `its container could not be read: ${reason}` };
  const known = answer.kind === "not-ready" || (answer.kind === "silent" && answer.refused);
  return { status: known ? "unhealthy" : "unknown", reason: `${answer.detail}; its container: ${reason}` };
}
