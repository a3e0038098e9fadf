import { readFileSync } from "node:fs";
import path from "node:path";
import type { ServiceText } from "../../drills/hosts/server-settings/service-settings";
import type { TrialTexts } from "../../drills/hosts/server-settings/service-trial";
import type { Environment } from "../../settings/environment";
import {
  serviceSettingsText,
  startsAnew,
  withServiceSettings,
  type Mapping,
} from "../../settings/server/service-settings";
import { OTHER_SERVICES, type OtherService } from "../../settings/services";
import { changedNames } from "./plan";
import type { HostSettings } from "./read-settings";

const CONFIGS = path.resolve(__dirname, "../../configs");

/** The product's own configuration of each service that has a file, and what its places are where nobody runs it. */
const OWN: Readonly<
  Partial<Record<OtherService, { readonly file: string; readonly places: Readonly<Record<string, string>> }>>
> = {
  prometheus: {
    file: "prometheus/prometheus.yml",
    places: { environment: "pair", host: "host", alertmanagers: "[]", jobs: "[]" },
  },
  alertmanager: { file: "alertmanager/alertmanager.yml", places: {} },
  loki: { file: "loki/loki.yaml", places: { retention_hours: "360" } },
  tempo: { file: "tempo/tempo.yaml", places: { retention_hours: "360" } },
};

/** The product's own text of a service; undefined for one without a file. */
export function ownText(service: OtherService): string | undefined {
  const own = OWN[service];
  return (
    own &&
    readFileSync(path.join(CONFIGS, own.file), "utf8").replaceAll(
      /\$\{(\w+)\}/g,
      (_, name: string) => own.places[name] ?? "",
    )
  );
}

/** What a service's check is given: the product's own text, all settings, and each alone; undefined where there is nothing to try. */
export function trialTexts(environment: Environment, service: OtherService): TrialTexts | undefined {
  const own = ownText(service);
  const { settings } = environment[service];
  if (own === undefined || Object.keys(settings).length === 0) return undefined;
  const alone = pathsOf(settings).map((at) => ({
    name: at.join("."),
    text: withServiceSettings(own, only(settings, at)),
  }));
  return { own, all: withServiceSettings(own, settings), alone };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

function pathsOf(settings: Mapping, at: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(settings).flatMap(([key, value]) =>
    isMapping(value) ? pathsOf(value, [...at, key]) : [[...at, key]],
  );
}

/** Of settings, what stands at the end of one path. */
function only(settings: Mapping, [first = "", ...rest]: readonly string[]): Mapping {
  const value = settings[first];
  return { [first]: rest.length > 0 && isMapping(value) ? only(value, rest) : value };
}

/** What of a service's settings a host does not have as declared, by name; none where nobody knows. Pure. */
export function changedOfService(
  environment: Environment,
  service: OtherService,
  read: ServiceText,
): readonly string[] {
  return "unread" in read ? [] : changedNames(read.text, serviceSettingsText(environment, service) ?? "");
}

/** What an `up` changes of a host's services that are no stores, a line each: what is read anew, what starts anew. Pure. */
export function serviceWords(environment: Environment, { host, services }: HostSettings): readonly string[] {
  return OTHER_SERVICES.flatMap((service) => {
    const names = changedOfService(environment, service, services[service]);
    const anew = names.filter((name) => startsAnew(service, name));
    const read = names.filter((name) => !anew.includes(name));
    return [
      ...(read.length === 0 ? [] : [`${host.name} ${service}: read anew: ${read.join(", ")}`]),
      ...(anew.length === 0
        ? []
        : [`${host.name} ${service}: its container is replaced, its data stay: ${anew.join(", ")}`]),
    ];
  });
}

/** What an executed `up` has brought of them, and what is not there all the same. Pure. @param before, now of the same hosts */
export function allAsDeclared(
  environment: Environment,
  before: readonly HostSettings[],
  now: readonly HostSettings[],
): { readonly done: readonly string[]; readonly notes: readonly string[] } {
  const left = new Set(now.flatMap((one) => serviceWords(environment, one)));
  return {
    done: before.flatMap((one) => serviceWords(environment, one)).filter((words) => !left.has(words)),
    notes: [...left].map((words) => `not done: ${words}; next: understudy up --execute`),
  };
}
