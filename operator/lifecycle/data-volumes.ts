import type { Deployment } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { isFilesVolume } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";

const VOLUME_TYPE = "docker:index/volume:Volume";
const REMOVE_MS = 60_000;

const stateSchema = z.looseObject({
  resources: z
    .array(z.looseObject({ type: z.string(), outputs: z.looseObject({ name: z.unknown().optional() }).nullish() }))
    .nullish(),
});

/** The names of the data volumes in a stack's state; those of passwords and settings hold no data, and go with the stack. */
export function dataVolumes({ deployment }: Pick<Deployment, "deployment">): readonly string[] {
  const { resources } = stateSchema.parse(deployment ?? {});
  return (resources ?? []).flatMap(({ type, outputs }) =>
    type === VOLUME_TYPE && typeof outputs?.name === "string" && !isFilesVolume(outputs.name) ? [outputs.name] : [],
  );
}

/** The same state with nothing in it protected any more. */
export function unprotected<T extends Pick<Deployment, "deployment">>(exported: T): T {
  const state = stateSchema.parse(exported.deployment ?? {});
  const resources = (state.resources ?? []).map((one) => ({ ...one, protect: false }));
  return { ...exported, deployment: { ...state, resources } };
}

/** Removes volumes with all that is in them; one that is not there is none. @throws Error of the engine, such as one in use */
export async function removeVolumes(host: NamedHost, names: readonly string[]): Promise<void> {
  const engine = connectEngine(host);
  try {
    for (const name of names) {
      const removal = engine.docker.getVolume(name).remove();
      await bounded(`${host.name}: volume ${name}`, REMOVE_MS, removal).catch((error: unknown) => {
        if ((error as { statusCode?: number }).statusCode !== 404) throw error;
      });
    }
  } finally {
    engine.close();
  }
}
