import { canonicalJson } from "../../canonical-json";
import type { EvidenceDocument } from "../../document";
import { furtherServices, isFirst, servicesOf, type FurtherService } from "../../service-terms";
import { claimsSwap, finding, isOfAllServices, unless, type Finding, type Rule } from "../rule";

/** Of which services evidence tells: the first ones always, and those that the drill's terms declare. */
export const serviceRules: readonly Rule[] = [
  {
    id: "services-declared",
    sentence:
      "the evidence names no service except the first seven and those that the drill's terms declare; these are declared once, as the verifier knows them, and appear on each host and in what each service kept",
    check: ({ document }) => [
      ...declarationFaults(document.drill.furtherServices ?? [], furtherServices(document.drill.kind)),
      ...imageFaults(document),
      ...unless(
        document.drill.furtherServices === undefined || !claimsSwap(document) || document.continuity !== undefined,
        "document.continuity",
        null,
        "what each declared service kept",
      ),
    ],
  },
];

/**
 * What is wrong with the services that a drill declares.
 * @param known the further services of the verifier's own table; one that it does not know is held against its declaration alone
 */
export function declarationFaults(declared: readonly FurtherService[], known: readonly FurtherService[]): Finding[] {
  const key = "document.drill.furtherServices";
  const names = declared.map(({ service }) => service);
  const repeated = names.filter((name, at) => names.indexOf(name) !== at || isFirst(name));
  const otherwise = declared.flatMap((one, index) => {
    const own = known.find(({ service }) => service === one.service);
    if (own === undefined) return [];
    const [said, expected] = [inOneLine(one), inOneLine(own)];
    return unless(said === expected, `${key}[${index}]`, said, expected);
  });
  return [...unless(repeated.length === 0, key, repeated.join(), "each once, none of the first"), ...otherwise];
}

function inOneLine(terms: FurtherService): string {
  return canonicalJson(terms).replaceAll(/\s+/g, " ").trim();
}

function imageFaults(document: EvidenceDocument): Finding[] {
  const { services, drill } = document;
  const terms = servicesOf(drill);
  const hosts = new Set([...services.map(({ host }) => host), ...(claimsSwap(document) ? [drill.toHost] : [])]);
  const asked = isOfAllServices(document) ? (drill.furtherServices ?? []) : [];
  const silent = asked.flatMap(({ service }) =>
    [...hosts]
      .filter((host) => services.filter((one) => one.host === host && one.service === service).length !== 1)
      .map((host) => finding("document.services", `${service} on ${host}`, "told of once")),
  );
  const undeclared = services.flatMap(({ service }, index) =>
    unless(terms.has(service), `document.services[${index}].service`, service, "a service of the drill's terms"),
  );
  return [...silent, ...undeclared];
}
