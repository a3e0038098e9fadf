import * as http from "node:http";
import { z } from "zod";
import { LabError } from "./run";

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request to a Docker engine on a Unix socket. `timeoutMs` bounds silence, not the whole answer. */
function request(socket: string, method: string, path: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = http.request({ socketPath: socket, method, path, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
      response.on("error", reject);
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on("error", reject);
    call.end();
  });
}

/** Why an engine does not answer on its socket; undefined when it does. */
export async function engineFault(socket: string, timeoutMs = 3_000): Promise<string | undefined> {
  try {
    const answer = await request(socket, "GET", "/_ping", timeoutMs);
    return answer.status === 200 ? undefined : `answers ${answer.status}: ${answer.body.trim()}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const containersSchema = z.array(z.object({ Names: z.array(z.string()), State: z.string(), Status: z.string() }));

/** One container, as its engine lists it. */
export interface ContainerStatus {
  readonly name: string;
  /** `running`, `exited`, `restarting`, `paused`, `created` or `dead`. */
  readonly state: string;
  /** `healthy`, `unhealthy` or `starting`; null for a container without a health check, or one that does not run. */
  readonly health: string | null;
}

/** The health word inside a container's status text, such as `Up 2 minutes (healthy)`. */
export function healthOf(status: string): string | null {
  return /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(status)?.[1] ?? null;
}

/**
 * All containers of an engine, running or not, by name.
 * @throws Error when the engine does not answer within three seconds.
 */
export async function listContainers(socket: string): Promise<readonly ContainerStatus[]> {
  const answer = await request(socket, "GET", "/containers/json?all=1", 3_000);
  return containersSchema
    .parse(JSON.parse(answer.body))
    .map((one) => ({ name: (one.Names[0] ?? "").slice(1), state: one.State, health: healthOf(one.Status) }))
    .sort((left, right) => left.name.localeCompare(right.name));
}

/** Whether the engine has an image under this reference. */
export async function hasImage(socket: string, reference: string): Promise<boolean> {
  return (await request(socket, "GET", `/images/${reference}/json`, 3_000)).status === 200;
}

/**
 * Pulls one image by reference, a digest preferred.
 * @throws LabError with the engine's own words when it cannot.
 */
export async function pullImage(socket: string, reference: string): Promise<void> {
  const answer = await request(socket, "POST", `/images/create?fromImage=${encodeURIComponent(reference)}`, 300_000);
  const fault = /"error":"([^"]*)"/.exec(answer.body)?.[1];
  if (answer.status === 200 && fault === undefined) return;
  throw new LabError(
    `the engine at ${socket} cannot pull ${reference}: ${fault ?? answer.body.trim()}; next: understudy lab up`,
  );
}
