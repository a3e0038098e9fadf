import type { Environment } from "../../settings/environment";
import { messageOf } from "../../settings/user-error";
import type { Message } from "./message";
import { openReceivers } from "./open-receivers";
import { tell, type Announced, type OpenReceiver } from "./send";

/** What opens the receivers; tests give others. */
export type OpenReceivers = (environment: Environment) => Promise<readonly OpenReceiver[]>;

/**
 * Tells every receiver but those that only wait for the `Watchdog`, all at once. Never throws: who could not be told, and
 * why, is in the answer.
 */
export async function announce(
  environment: Environment,
  message: Message,
  open: OpenReceivers = openReceivers,
): Promise<readonly Announced[]> {
  let receivers: readonly OpenReceiver[];
  try {
    receivers = await open(environment);
  } catch (error) {
    return [{ receiver: "(all)", ok: false, detail: messageOf(error) }];
  }
  const told = receivers.filter(
    ({ receiver: { deadman, form } }) => !deadman && (message.quiet !== true || form === "pagerduty"),
  );
  return Promise.all(told.map((one) => tell(one, message)));
}
