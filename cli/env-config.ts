import { existsSync } from "node:fs";
import { LAB_PROJECT } from "../settings/lab-folder";

const LAB = "configs/deploy/environments/lab.yaml";
const OWN = "configs/deploy/environments/prodlike_multi_host.yaml";

/** The environment file when none is given: UNDERSTUDY_ENV_CONFIG, else in a checkout on a machine with a lab the lab's, else your two hosts'. */
export function defaultEnvConfig(): string {
  return process.env["UNDERSTUDY_ENV_CONFIG"] ?? ([LAB_PROJECT, LAB].every((one) => existsSync(one)) ? LAB : OWN);
}
