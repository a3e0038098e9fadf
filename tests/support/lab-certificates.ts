import { good } from "./lab-pair";
import { pulumi } from "./lab-stacks";

/** Takes the pair's certificates out of both stacks' config, and the CA's key: for a lab that is plain again. */
export async function forgetCertificates(): Promise<void> {
  for (const [stack, key] of [
    ["primary", "certificates"],
    ["standby", "certificates"],
    ["primary", "caKey"],
  ] as const)
    good(await pulumi("-s", stack, "config", "rm", `understudy:${key}`));
}
