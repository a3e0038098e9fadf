import { bounded } from "../../hosts/bounded";
import { StandingConnection } from "./connection";
import type { StandingDescription } from "./protocol";

const END_WITHIN_MS = 5000;

/**
 * Ends the standing probe that listens at `file`, without evidence.
 * @returns what it said of itself last
 * @throws UserError when none listens there, or when a drill has adopted it
 */
export async function stopStandingProbe(file: string): Promise<StandingDescription> {
  const connection = await StandingConnection.open(file);
  try {
    const last = await connection.describe();
    await connection.stop();
    await bounded("the background probe's end", END_WITHIN_MS, connection.closed);
    return last;
  } finally {
    connection.hangUp();
  }
}
