import { isNode } from "yaml";
import { drillConfigSchema, type DrillConfig } from "../../settings/drill-config";
import { DRILL, type StackConfigFile } from "./stack-config";

/** The drill that a stack's config asks for now; undefined when there is none. */
export function askedDrill({ document }: StackConfigFile): DrillConfig | undefined {
  const drill = document.getIn(DRILL);
  const parsed = drillConfigSchema.safeParse(isNode(drill) ? drill.toJS(document) : drill);
  return parsed.success ? parsed.data : undefined;
}

/** The command that asks for this drill once more, with the terms it was begun with. */
export function failoverWords(drill: DrillConfig, toHost: string): string {
  const { id, mode, kind, nonce, accept_unfenced: accepted } = drill;
  return [
    "understudy failover",
    ...(kind === "unplanned" ? ["--unplanned"] : []),
    ...(mode === "execute" ? ["--execute"] : []),
    `--to ${toHost} --drill-id ${id}`,
    ...(nonce === "" ? [] : [`--nonce ${nonce}`]),
    ...(accepted === undefined ? [] : [`--accept-unfenced ${JSON.stringify(accepted.reason)}`]),
    ...(drill.fence_live_primary === true ? ["--fence-live-primary"] : []),
    ...(drill.standing_probe === undefined ? [] : [`--standing-probe ${drill.standing_probe}`]),
  ].join(" ");
}
