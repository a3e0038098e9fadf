import type Docker from "dockerode";
import { BEAT_MS, DOOR_FOLDER, DOOR_STORES, KEEPER_PROGRAM } from "../../settings/doors";
import { containerName } from "../../settings/names";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { messageOf } from "../../settings/user-error";
import { parseAnswer, type AgentAnswer } from "./agent";
import { openConversation, type Conversation } from "./conversation";

const ANSWER_MS = 3000;

/** The keeper of one host's door, to whom a drill speaks. */
export interface OpenDoor {
  readonly host: string;
  readonly keeper: Pick<Conversation, "ask" | "close">;
}

/** The doors of both hosts, armed: what is told to one is told to the other at the same time. */
export interface Doors {
  /**
   * Holds the clients of PostgreSQL at both doors.
   * @param goesOn whether they stay held although some transactions have not ended in time
   * @returns how many had not, over both doors
   * @throws Error when a door does not follow, or one could not hold its clients in time and is not to go on: all go on then
   */
  pause(withinMs: number, goesOn: boolean): Promise<number>;
  /** Lets new connections wait at both doors, 3 s at most: until `lead`, `goOn` or `release`. @throws as `lead` */
  hold(): Promise<void>;
  /** Leads new clients of a store to a host. @throws Error when a door was not told; the other one was */
  lead(store: StoreName, host: string): Promise<void>;
  /** Leads the clients of PostgreSQL to a host and lets them go on, by one order to each door. @throws as `lead` */
  goOn(host: string): Promise<void>;
  /** Leaves the doors to themselves: nobody is held, and the agents say where they lead. @throws as `lead` */
  release(): Promise<void>;
  /** Which hosts each door leads to, by store and door. */
  leads(): Promise<Readonly<Record<string, Readonly<Record<StoreName, readonly string[]>>>>>;
  close(): void;
}

/** Opens the way to the keeper of a host's door; costs as much as any program in a container, so it is done before. */
export async function openDoor(docker: Docker, host: string): Promise<OpenDoor> {
  const command = ["node", KEEPER_PROGRAM, DOOR_FOLDER, "--speak"];
  return { host, keeper: await openConversation(docker, `the door of ${host}`, containerName("keeper"), command) };
}

/** The doors of two hosts. They hear of this drill as long as it lives, and open by themselves afterwards. */
export function doorsOf(doors: readonly [OpenDoor, OpenDoor]): Doors {
  const told = async (words: string, withinMs = ANSWER_MS): Promise<readonly AgentAnswer[]> => {
    const answers = await Promise.allSettled(doors.map(({ keeper }) => keeper.ask(words, withinMs)));
    const failed = answers.flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : []));
    if (failed.length > 0) throw new Error(failed.join("; "));
    return answers.map((one) => parseAnswer(one.status === "fulfilled" ? one.value : []));
  };
  const beats = setInterval(() => void told("beat").catch(() => undefined), BEAT_MS);
  beats.unref();
  const resume = async (): Promise<void> => {
    await told("resume");
  };
  const lead = async (store: StoreName, host: string, then = ""): Promise<readonly AgentAnswer[]> => {
    const settled = await Promise.allSettled(
      doors.map((door) =>
        door.keeper.ask(`lead ${DOOR_STORES[store]} ${door.host === host ? "own" : "peer"}${then}`, ANSWER_MS),
      ),
    );
    const failed = settled.flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : []));
    if (failed.length > 0) throw new Error(failed.join("; "));
    return settled.map((one) => parseAnswer(one.status === "fulfilled" ? one.value : []));
  };
  const hostOf = (door: number, side: string): string => {
    const at = side === "own" ? door : 1 - door;
    return doors[at as 0 | 1].host;
  };
  return {
    pause: async (withinMs, goesOn) => {
      try {
        const answers = await told(`pause ${String(withinMs)}${goesOn ? " end" : ""}`, withinMs + ANSWER_MS);
        const left = answers.reduce((sum, answer) => sum + Number(answer.get("left")?.[0] ?? Number.NaN), 0);
        if (left === 0 || (goesOn && left > 0)) return left;
        throw new Error(
          `${String(left)} transactions of clients have not ended within ${String(withinMs / 1000)} s after the doors were held`,
        );
      } catch (error) {
        await resume().catch(() => undefined);
        throw error;
      }
    },
    hold: async () => {
      await told("hold");
    },
    lead: async (store, host) => {
      await lead(store, host);
    },
    goOn: async (host) => {
      // A keeper of a program from before this one has led, and knows no more of such an order.
      const answers = await lead("timescaledb", host, " resume").catch(async (error: unknown) => {
        await resume().catch(() => undefined);
        throw error;
      });
      if (!answers.every((answer) => answer.has("resumed"))) await resume();
    },
    release: async () => {
      await told("release");
    },
    leads: async () => {
      const answers = await told("arm");
      return Object.fromEntries(
        answers.map((answer, at) => {
          const of = (store: StoreName): readonly string[] =>
            (answer.get(DOOR_STORES[store])?.[0] ?? "")
              .split(",")
              .filter((side) => side !== "")
              .map((side) => hostOf(at, side));
          const stores = Object.fromEntries(STORE_NAMES.map((store) => [store, of(store)]));
          return [hostOf(at, "own"), stores as Record<StoreName, readonly string[]>];
        }),
      );
    },
    close: () => {
      clearInterval(beats);
      for (const { keeper } of doors) keeper.close();
    },
  };
}
