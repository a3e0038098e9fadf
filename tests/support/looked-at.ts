import type { Signal } from "../../evidence/document";
import type { Eye, Look } from "../../drills/unplanned/look";
import { operatorLook } from "../../drills/unplanned/operator-look";
import { refusalOf } from "../../drills/unplanned/precheck";
import { judgeAbsence, watchForAbsence } from "../../drills/unplanned/signals";
import { standbyLook } from "../../drills/unplanned/standby-look";
import type { Credentials } from "../../settings/credentials";
import type { NamedHost } from "../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { sampleEnvironment } from "../unit/components/sample";

/** A store of this machine and the ways to look at it: from here, and by each of `eyes` as from a standby. */
export interface Sight {
  readonly store: StoreName;
  readonly port: number;
  readonly password: string;
  readonly eyes: readonly Eye[];
}

const HOST = { name: "host-a", address: "127.0.0.1" } as NamedHost;

function lookers({ store, port, password, eyes }: Sight): ((timeoutMs: number) => Promise<Look>)[] {
  const sample = sampleEnvironment(2);
  const environment = { ...sample, ports: { ...sample.ports, postgres: port, redis: port } };
  const credentials = { postgres: password, redis: password } as Credentials;
  return [
    operatorLook(HOST, store, environment, credentials),
    ...eyes.map((eye) => standbyLook({ timescaledb: eye, redis: eye, host: { name: "host-b" } }, store)),
  ];
}

/** A look of the standby's starts several programs: on a machine that other tests keep busy too that takes its time. */
const SILENT_FOR_MS = 4000;

/** One look from here, then one by each of its eyes. */
export function looksAt(sight: Sight, timeoutMs = 2000): Promise<readonly Look[]> {
  return Promise.all(lookers(sight).map((look) => look(timeoutMs)));
}

/** What a drill without any flag makes of it, the other store being well: the signals of this one, and the refusal. */
export async function knownAsGone(
  sight: Sight,
): Promise<{ signals: readonly Signal[]; refusal: ReturnType<typeof refusalOf> }> {
  const [here, there] = lookers(sight);
  if (here === undefined || there === undefined) throw new Error("no way to look");
  const signals = await Promise.all(
    [["operator", here] as const, ["standby", there] as const].map(async ([observer, look]): Promise<Signal> => ({
      ...{ observer, store: sight.store, atMs: 1 },
      ...(await watchForAbsence(look, SILENT_FOR_MS)),
    })),
  );
  const well = STORE_NAMES.filter((store) => store !== sight.store).flatMap((store) =>
    (["operator", "standby"] as const).map((observer) => ({
      ...{ observer, store, gone: false, atMs: 1, detail: "answers as primary" },
    })),
  );
  const verdict = judgeAbsence(HOST.name, [...signals, ...well]);
  return { signals, refusal: refusalOf(verdict, { fromHost: "host-a", toHost: "host-b" }) };
}
