import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineEvent, OpMap } from "@pulumi/pulumi/automation";
import { goneFrom } from "./gone-resources";
import type { HostStack } from "./pair-stacks";
import { askedDrill, readStackConfig, withoutDrill, writeStackConfig } from "./stack-config";
import { evidenceIn, exportState, resourcesOf, type StateResource } from "./stack-state";

/** What would keep an `up` of one stack from bringing it up, although nothing is wrong any more. */
export interface Obstacles {
  /** What the state has and the host no longer has: an engine run would trust the state. */
  readonly gone: readonly StateResource[];
  /** The drill of the stack's config when it is over and failed: its evidence ends every further run with an error. */
  readonly failedDrill: string | undefined;
}

type Phase = (words: string) => void;

/** Looks at the state, the config and the host; changes nothing. @throws Error when the state cannot be read */
export async function readObstacles(one: HostStack): Promise<Obstacles> {
  const [state, config] = await Promise.all([exportState(one.stack), readStackConfig(one)]);
  const resources = resourcesOf(state);
  const asked = askedDrill(config);
  return { gone: await goneFrom(one.host, resources), failedDrill: asked && failedAmong(resources, asked.id) };
}

/** The id of the drill, when the stack's own evidence says that it is over and failed. Pure. */
export function failedAmong(resources: readonly StateResource[], drillId: string): string | undefined {
  const document = evidenceIn(resources);
  return document?.success === false && document.drill.id === drillId ? drillId : undefined;
}

/** Lets the state forget what is gone, and nothing else, and the config forget the drill that is over. */
export async function clearWay(one: HostStack, { gone, failedDrill }: Obstacles, phase: Phase): Promise<void> {
  const { host, stack } = one;
  if (failedDrill !== undefined) {
    phase(`stack ${host.stack}: drill ${failedDrill} failed and is over; the stack asks for it no longer`);
    const config = await readStackConfig(one);
    await writeStackConfig(config.file, withoutDrill(config));
  }
  if (gone.length === 0) return;
  phase(`pulumi -s ${host.stack} refresh: ${goneWords(one, gone)}`);
  await stack.refresh({ target: gone.map(({ urn }) => urn) });
}

/** A preview as it would be after `clearWay`. @throws Error of the engine */
export async function previewWithout(
  one: HostStack,
  { gone, failedDrill }: Obstacles,
  onEvent: (event: EngineEvent) => void,
  phase: Phase,
): Promise<OpMap> {
  if (gone.length > 0) phase(goneWords(one, gone));
  const folder = await mkdtemp(path.join(tmpdir(), "understudy-"));
  try {
    const configFile = path.join(folder, "stack.yaml");
    if (failedDrill !== undefined)
      await writeFile(configFile, withoutDrill(await readStackConfig(one)), { mode: 0o600 });
    const { changeSummary } = await one.stack.preview({
      onEvent,
      ...(gone.length > 0 ? { refresh: true } : {}),
      ...(failedDrill === undefined ? {} : { configFile }),
    });
    return changeSummary;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function goneWords({ host }: HostStack, gone: readonly StateResource[]): string {
  return `${host.name} no longer has ${gone.map(({ name }) => name).join(", ")}`;
}
