import { connect } from "node:net";

const ANSWER_MS = 2000;

/**
 * Says something to HAProxy's runtime API. Each call is a connection of its own: it answers within a millisecond, and one
 * that is kept open goes with the worker that a reload ends.
 * @throws Error when it does not answer
 */
export function askHaproxy(socket: string, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket, () => connection.end(`${words}\n`));
    let said = "";
    connection.setEncoding("utf8").on("data", (text: string) => (said += text));
    connection.setTimeout(ANSWER_MS, () => connection.destroy(new Error("HAProxy does not answer")));
    connection.on("error", reject);
    connection.on("close", () => resolve(said));
  });
}

/** Gives HAProxy orders, all at once. @throws Error with its own words: it says nothing of an order that it has followed */
export async function orderHaproxy(socket: string, orders: readonly string[]): Promise<void> {
  const said = (await askHaproxy(socket, orders.join(";"))).trim();
  if (said !== "") throw new Error(`HAProxy: ${said}`);
}
