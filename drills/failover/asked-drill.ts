import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument, type Document } from "yaml";
import { drillConfigSchema, type DrillConfig } from "../../settings/drill-config";
import type { HostStack } from "./pair-stacks";

/** A stack's config file, with its text and what is in it. */
export interface StackConfigFile {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
}

const DRILL = ["config", "understudy:drill"] as const;

/** Reads the config file of a stack. @throws Error when it is not there */
export async function readStackConfig({ stack }: HostStack): Promise<StackConfigFile> {
  const file = path.join(stack.workspace.workDir, `Pulumi.${stack.name}.yaml`);
  const text = await readFile(file, "utf8");
  return { file, text, document: parseDocument(text) };
}

/** The text of a stack's config that gives its host the primary's role by this drill. */
export function withDrill({ text }: StackConfigFile, drill: DrillConfig): string {
  const document = parseDocument(text);
  document.setIn(["config", "understudy:role"], "primary");
  document.setIn(DRILL, drill);
  return document.toString();
}

/** The drill that a stack's config asks for now; undefined when there is none. */
export function askedDrill({ document }: StackConfigFile): DrillConfig | undefined {
  const { config } = (document.toJS() as { config?: Record<string, unknown> } | null) ?? {};
  const parsed = drillConfigSchema.safeParse(config?.["understudy:drill"]);
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
