import type { ConfigMap } from "@pulumi/pulumi/automation";
import { parseDrillConfig, type DrillConfig } from "../../settings/drill-config";
import { completedDrills } from "../../drills/completed-drills";
import type { HostStack } from "../failover/pair-stacks";
import { requireRole } from "../failover/stack-config";
import { UserError } from "../../settings/user-error";
import type { Declaration } from "./refuse-up";

/** What each stack declares, and which of its drills is over. @throws UserError with exit code 2 when a config is malformed */
export function readDeclarations(stacks: readonly HostStack[]): Promise<readonly Declaration[]> {
  return Promise.all(
    stacks.map(async ({ host, stack }) => {
      const config = await stack.getAllConfig();
      const role = requireRole(host.stack, config["understudy:role"]?.value);
      const drill = drillOf(config, host.stack);
      return { host, role, drill, completed: await completedDrills(host, drill) };
    }),
  );
}

function drillOf(config: ConfigMap, stack: string): DrillConfig | undefined {
  const text = config["understudy:drill"]?.value;
  if (text === undefined) return undefined;
  const parsed = parseDrillConfig(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new UserError(
    `stack ${stack} asks for a drill that cannot be understood`,
    `pulumi -s ${stack} config rm understudy:drill`,
    2,
  );
}

/** A drill that was set without `--path` is a text that is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
