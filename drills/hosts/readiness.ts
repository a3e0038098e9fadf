import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { SERVICES, type ServiceName } from "../../settings/services";
import { messageOf } from "../../settings/user-error";
import { exchange } from "./http";

const TIMEOUT_MS = 3000;

/** What a service itself answered from outside its container, and how long that took in milliseconds. */
export type ServiceAnswer =
  | { readonly kind: "ready"; readonly latencyMs: number }
  | { readonly kind: "not-ready"; readonly latencyMs: number; readonly detail: string }
  /** Nobody can tell: the attempt failed at this end or by TLS, with this code. It is no silence, and no sign of death. */
  | { readonly kind: "cannot-tell"; readonly code: string; readonly detail: string }
  /** Nothing answered. `refused`: the host is there, and nobody listens. */
  | { readonly kind: "silent"; readonly refused: boolean; readonly detail: string };

/** Milliseconds since `began`, a reading of `performance.now()`; to a tenth. */
export function latencySince(began: number): number {
  return Math.round((performance.now() - began) * 10) / 10;
}

/** Asks a service over HTTP whether it is ready; null for a service that does not speak HTTP. Never throws. */
export async function askReadiness(
  host: NamedHost,
  environment: Environment,
  service: ServiceName,
): Promise<ServiceAnswer | null> {
  const { health, ports } = SERVICES[service];
  if (health.protocol !== "http") return null;
  const { path } = health;
  const began = performance.now();
  try {
    const { status } = await exchange({ host, port: environment.ports[ports[0].key], path, timeoutMs: TIMEOUT_MS });
    const latencyMs = latencySince(began);
    if (status >= 200 && status < 300) return { kind: "ready", latencyMs };
    return { kind: "not-ready", latencyMs, detail: `answers ${status} at ${path}` };
  } catch (error) {
    return { kind: "silent", refused: isRefusal(error), detail: `does not answer at ${path}: ${messageOf(error)}` };
  }
}

/** Why a service that speaks HTTP is not ready; null when it is, and for a service that does not speak HTTP. */
export async function serviceProblem(
  host: NamedHost,
  environment: Environment,
  service: ServiceName,
): Promise<string | null> {
  const said = await askReadiness(host, environment, service);
  return said === null || said.kind === "ready" ? null : said.detail;
}

/** Whether an error of a connection says that the host is there and nobody listens. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isRefusal);
  return (error as { code?: string } | null)?.code === "ECONNREFUSED";
}
