import { createClient, ErrorReply } from "@redis/client";
import { EVENTS_STREAM } from "../../settings/names";
import { DEFAULT_REDIS_USER } from "../../settings/own-redis-users";
import { tlsOptions } from "../hosts/postgres-encryption";
import { PrimaryFinder, type Opened } from "./find-primary";
import type { ClientAddress, ClientSettings } from "./order";
import { ANSWERED, codeOfLost, NotConnected, type ClientSession, type Reply } from "./session";

/** Error replies of a server that is no primary, or not now: the client looks for another one. */
const NO_PRIMARY = new Set(["READONLY", "MASTERDOWN", "LOADING", "UNBLOCKED"]);

/** What an error says that came back for a sent command. */
export function replyOfRedis(error: unknown): Reply {
  if (!(error instanceof ErrorReply)) return { end: "u", code: codeOfLost(error), leave: true };
  const code = wordOf(error);
  return { end: "f", code, leave: NO_PRIMARY.has(code) };
}

/** The first word of a RESP error, which is its code. */
function wordOf(error: ErrorReply): string {
  const word = error.message.split(" ", 1)[0] ?? "";
  return /^[A-Z0-9_]{2,40}$/.test(word) ? word : "ERR";
}

/** Sessions of `@redis/client` that neither reconnect by themselves nor queue while they are closed. */
export function nodeRedis(settings: ClientSettings): () => Promise<ClientSession> {
  const finder = new PrimaryFinder(settings.addresses, (address) => openAt(address, settings));
  return () => finder.find();
}

async function openAt(
  { host, port }: ClientAddress,
  { user, password, tls, run, route, connectTimeoutMs }: ClientSettings,
): Promise<Opened<ClientSession>> {
  const client = createClient({
    ...(user === DEFAULT_REDIS_USER ? {} : { username: user }),
    ...(password === "" ? {} : { password }),
    // A user with few rights may not say `CLIENT SETINFO`.
    ...{ RESP: 2, disableOfflineQueue: true, disableClientInfo: true },
    socket: {
      ...{ host, port, connectTimeout: connectTimeoutMs, reconnectStrategy: false },
      ...(tls && { tls: true, ...tlsOptions(tls, host) }),
    },
  });
  client.on("error", () => undefined);
  const close = (): void => {
    if (client.isOpen) client.destroy();
  };
  try {
    await client.connect();
    const role = route === "door" ? ["master"] : await client.sendCommand(["ROLE"]);
    return {
      isPrimary: Array.isArray(role) && role[0] === "master",
      session: {
        send: (number) =>
          client.sendCommand(["XADD", EVENTS_STREAM, "*", "run", run, "seq", String(number)]).then(
            () => ANSWERED,
            (error: unknown) => replyOfRedis(error),
          ),
        get isOpen() {
          return client.isReady;
        },
        close,
      },
    };
  } catch (error) {
    close();
    throw new NotConnected(error instanceof ErrorReply ? wordOf(error) : codeOfLost(error));
  }
}
