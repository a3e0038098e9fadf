import { existsSync } from "node:fs";
import { LAB_PROJECT } from "../settings/lab-folder";

const LAB = "configs/deploy/environments/lab.yaml";
const OWN = "configs/deploy/environments/prodlike_multi_host.yaml";

/** The environment file when none is given: UNDERSTUDY_ENV_CONFIG, else the lab's where there is a lab, else your two hosts'. */
export function defaultEnvConfig(): string {
  return process.env["UNDERSTUDY_ENV_CONFIG"] ?? (existsSync(LAB_PROJECT) ? LAB : OWN);
}
