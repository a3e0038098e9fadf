import type { Environment } from "../../settings/environment";
import { openStacks } from "../failover/pair-stacks";
import { readExchanges, type RunningExchange } from "../rotate/exchanges";
import { problem, type Finding } from "./finding";

/** Every exchange of a secret that has begun and has not ended; nothing where the stacks cannot be read, which others say. */
export async function exchangeFindings(environment: Environment, file: string): Promise<readonly Finding[]> {
  try {
    const { stacks } = await openStacks(environment);
    return (await readExchanges(environment, stacks, file)).map(exchangeFinding);
  } catch {
    return [];
  }
}

/** What is said of one. Pure. */
export function exchangeFinding({ name, phase, since, next }: RunningExchange): Finding {
  const begun = since === null ? "" : `, since ${since}`;
  return problem("exchange", null, `${name} is being exchanged${begun}: ${phase}`, next);
}
