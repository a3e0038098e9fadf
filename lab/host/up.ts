import { mkdirSync } from "node:fs";
import { diskPart } from "./disk";
import { endpointPart } from "./endpoint";
import { enginePart } from "./engine";
import { imageStages } from "./image-supply";
import { LAB_HOSTS } from "./layout";
import { LAB_FOLDER } from "../../settings/lab-folder";
import { withLabLock } from "./lock";
import { networkParts } from "./network";
import { powerSwitchPart } from "./power-switch";
import { ensurePart, seconds, type Part, type Progress } from "./progress";
import { projectPart, statePart } from "./project";
import { registryPart } from "./registry";
import { checkRequirements } from "./requirements";
import { signingKeyPart } from "./signing-key";
import { sshFilesPart } from "./ssh-files";
import { sshdPart } from "./sshd";
import { labStacks } from "./stacks";

/** Parts that need each other stand in separate stages, in order; the parts of one stage are looked after at the same time. */
function stages(progress: Progress): readonly (readonly Part[])[] {
  return [
    ...networkParts().map((part) => [part]),
    [sshFilesPart(), statePart(), signingKeyPart(), projectPart(), powerSwitchPart(), ...LAB_HOSTS.map(diskPart)],
    [registryPart(), ...LAB_HOSTS.map(sshdPart), ...LAB_HOSTS.map(enginePart)],
    LAB_HOSTS.map(endpointPart),
    ...imageStages(progress),
  ];
}

async function allStages(progress: Progress): Promise<void> {
  await checkRequirements();
  mkdirSync(LAB_FOLDER, { recursive: true, mode: 0o755 });
  for (const stage of stages(progress)) {
    const results = await Promise.allSettled(stage.map((part) => ensurePart(part, progress)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}

/**
 * Brings the lab up, or back up: each part is inspected as it really is, and repaired alone when it is not as it should be. What is
 * all right is not touched.
 * @throws LabError naming the part that could not be repaired and the next command.
 */
export async function labUp(progress: Progress): Promise<void> {
  await withLabLock(progress, async () => {
    const began = performance.now();
    await allStages(progress);
    await labStacks(progress);
    progress(`lab is up               ${seconds(performance.now() - began)}`);
  });
}

/** As `labUp`, without the stacks: no fault reaches them, and what they declare meanwhile is their operator's. */
export async function labHostsUp(progress: Progress): Promise<void> {
  await withLabLock(progress, () => allStages(progress));
}
