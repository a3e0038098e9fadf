import { LAB_HOSTS } from "../host/layout";
import { FAULTS } from "./table";

/** A fault that is on now. */
export interface ActiveFault {
  readonly name: string;
  /** The broken host; null for a fault of what joins both hosts. */
  readonly host: string | null;
  readonly sentence: string;
}

/** Every fault that is on, as processes, rules and files of both hosts show it. */
export async function activeFaults(): Promise<readonly ActiveFault[]> {
  const found = await Promise.all(
    FAULTS.map(async ({ name, sentence, scope, isOn }) => {
      const on = await Promise.all(LAB_HOSTS.map(isOn));
      const hosts = LAB_HOSTS.filter((_, index) => on[index] === true);
      if (scope === "pair") return hosts.length > 0 ? [{ name, host: null, sentence }] : [];
      return hosts.map((host) => ({ name, host: host.name, sentence }));
    }),
  );
  return found.flat();
}
