import { readFileSync } from "node:fs";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { checkServerIdentity } from "node:tls";
import type { AgentConfig } from "../settings/agent-config";
import { STORE_NAMES } from "../settings/services";
import type { PeerSight, PeerStore } from "./sight";

const BOUND_MS = 1500;
/** What the other agent says is shorter. */
const MOST_BYTES = 16_384;

/** What an agent tells the other one. */
export interface PeerWords {
  /** Its clock when it answered, epoch milliseconds. */
  readonly now_ms: number;
  readonly stores: PeerSight["stores"];
}

function isJournal(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== "object" || value === null) return false;
  const { newestUs, atMs } = value as Record<string, unknown>;
  return [newestUs, atMs].every((one) => typeof one === "number" && Number.isFinite(one));
}

function isStore(value: unknown): value is PeerStore {
  if (typeof value !== "object" || value === null) return false;
  const { role, position, timeline, history, journal, sure } = value as Record<string, unknown>;
  const number = (one: unknown): boolean => one === null || (typeof one === "number" && Number.isFinite(one));
  return (
    (role === "primary" || role === "standby") &&
    number(position) &&
    number(timeline) &&
    isJournal(journal) &&
    (sure === undefined || typeof sure === "boolean") &&
    (history === null || typeof history === "string")
  );
}

/**
 * Reads what the other agent said; null when it is not in its form. The offset is what its clock was ahead of the middle
 * between question and answer.
 */
export function parsePeer(text: string, askedMs: number, answeredMs: number): PeerSight | null {
  try {
    const { now_ms: now, stores } = JSON.parse(text) as { now_ms: unknown; stores: Record<string, unknown> };
    if (typeof now !== "number" || !Number.isFinite(now)) return null;
    return {
      stores: Object.fromEntries(
        STORE_NAMES.flatMap((name) => {
          const one = stores[name];
          return isStore(one) ? [[name, one]] : [];
        }),
      ),
      offsetSeconds: (now - (askedMs + answeredMs) / 2) / 1000,
      uncertaintySeconds: (answeredMs - askedMs) / 2000,
      atMs: answeredMs,
    };
  } catch {
    return null;
  }
}

/** What a session to the other host's front shows and believes. Read each time: certificates are exchanged. */
function certificates({ files, peer }: Pick<AgentConfig, "files" | "peer">): Record<string, unknown> {
  const read = (name: string): string => readFileSync(`${files}/front/${name}`, "utf8");
  return {
    ...{ ca: read("ca.pem"), cert: read("client.pem"), key: read("client.key"), minVersion: "TLSv1.2" },
    checkServerIdentity: (_asked: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(peer?.host ?? "", certificate),
  };
}

/** Asks the other host's agent what it sees. Null when it does not answer in time, or in no form that is understood. */
export async function askPeer(config: Pick<AgentConfig, "files" | "peer">): Promise<PeerSight | null> {
  const { peer } = config;
  if (peer === null) return null;
  try {
    const encrypted = peer.url.startsWith("https:");
    const options = { timeout: BOUND_MS, ...(encrypted ? certificates(config) : {}) };
    const began = { wall: Date.now(), running: performance.now() };
    const text = await new Promise<string>((resolve, reject) => {
      const asked = (encrypted ? requestTls : requestPlain)(peer.url, options, (answer) => {
        let said = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          said += chunk;
          if (said.length > MOST_BYTES) asked.destroy(new Error("too much"));
        });
        answer.on("end", () => (answer.statusCode === 200 ? resolve(said) : reject(new Error("not 200"))));
        answer.on("error", reject);
      });
      const timer = setTimeout(() => asked.destroy(new Error("no answer")), BOUND_MS);
      asked.on("error", reject).on("close", () => clearTimeout(timer));
      asked.end();
    });
    // By the running time: a step of our own clock in between would be taken for the other one's.
    return parsePeer(text, began.wall, began.wall + (performance.now() - began.running));
  } catch {
    return null;
  }
}
