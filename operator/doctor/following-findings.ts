import type { NamedHost } from "../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { readFollowings, unprotectedWords, type Following } from "../health/following";
import { good, problem, unknown, type Finding } from "./finding";

/** Whether each store of a host is protected, as its own record has it; nothing where it cannot be asked. */
export async function followingFindings(host: NamedHost): Promise<readonly Finding[]> {
  const records = await readFollowings(host);
  return STORE_NAMES.flatMap((store) => followingFinding(host.name, store, records[store]) ?? []);
}

/** What one record says; undefined where it could not be read: what ails that host is found elsewhere. */
export function followingFinding(host: string, store: StoreName, record: Following): Finding | undefined {
  const check = `${store} following`;
  if (record === undefined) return undefined;
  if (record === null) return unknown(check, host, "nobody records it here", "understudy up");
  const words = unprotectedWords(record);
  if (words !== undefined) return problem(check, host, words, "understudy status");
  const until = record.hasAll?.at.replace(/\.\d+Z$/, "Z") ?? "an unknown moment";
  return good(check, host, `${record.role}; the standby has everything up to ${until}`);
}
