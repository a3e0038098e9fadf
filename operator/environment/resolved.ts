import { readLayers } from "../../settings/environment-layers";
import { loadEnvironment, originOf } from "../../settings/load-environment";
import { loadOverlays, secretsNamed } from "../../settings/overlays";
import { withoutPasswords } from "../failover/backend";

/** One value of an environment, as every verb takes it. */
export interface ResolvedValue {
  /** Its path, the parts joined by dots. */
  readonly field: string;
  /** Lists and empty sections are one value. The password of a URL is not in it. */
  readonly value: unknown;
  /** The file that says it, `default`, or the images file. */
  readonly from: string;
  /** The variables of the operator's environment in it. */
  readonly variables: readonly string[];
}

/** The fields that an images file may say in the place of the environment file. */
const SUPPLIED = /^(services\.\w+\.(image|stand_in)|(backup|front)\.image)$/;

/**
 * Every value of an environment with where it comes from, in the order of the reference.
 * @throws EnvironmentError as every verb that reads the file
 */
export function resolvedValues(file: string): readonly ResolvedValue[] {
  const environment = loadEnvironment(file);
  if (environment.overlays !== undefined) secretsNamed(loadOverlays(environment.overlays));
  const { data, origins } = readLayers(file, process.cwd());
  return leavesOf(environment, []).map(([at, value]): ResolvedValue => {
    const field = at.join(".");
    const supplied = SUPPLIED.test(field) && environment.images_file !== undefined && said(data, at) !== value;
    const origin = supplied ? undefined : originOf(at, origins);
    return {
      ...{ field, value: masked(value) },
      from: supplied ? (environment.images_file ?? "") : (origin?.file ?? "default"),
      variables: origin?.variables ?? [],
    };
  });
}

function leavesOf(value: unknown, at: readonly string[]): readonly (readonly [readonly string[], unknown])[] {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null || Array.isArray(value) || Object.keys(value).length === 0)
    return [[at, value]];
  return Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...at, key]));
}

function said(data: unknown, at: readonly string[]): unknown {
  return at.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], data);
}

function masked(value: unknown): unknown {
  if (typeof value === "string") return withoutPasswords(value);
  return Array.isArray(value) ? value.map(masked) : value;
}
