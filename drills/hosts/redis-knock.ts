import { connect } from "node:net";
import { AwakeTimer } from "./awake-timer";

/** No password: whoever is let in or not, a Redis answers this one. */
const PING = "*1\r\n$4\r\nPING\r\n";

/**
 * What a Redis answers to a PING over a connection of its own: the first line, without its end. A server that takes no
 * more connections says so and closes before the client has asked anything, which drivers do not tell.
 * @returns null when it said nothing within `timeoutMs`
 */
export function knockRedis(
  { address, port }: { readonly address: string; readonly port: number },
  timeoutMs: number,
): Promise<string | null> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect({ host: address, port });
    const end = (): void => {
      timer.cancel();
      socket.destroy();
      const [line, ...rest] = said.split("\r\n");
      resolve(rest.length === 0 ? null : (line ?? null));
    };
    const timer = new AwakeTimer(timeoutMs, end);
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(PING));
    socket.on("data", (chunk: string) => {
      said += chunk;
      if (said.includes("\r\n")) end();
    });
    socket.on("error", end).on("close", end);
  });
}
