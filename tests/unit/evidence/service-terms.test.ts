import { expect } from "chai";
import { canonicalJson, sha256Of } from "../../../evidence/canonical-json";
import { drillTerms } from "../../../evidence/drill-facts";
import { factsSha256Of } from "../../../evidence/facts-digest";
import { FIRST_SERVICES, furtherServices, servicesOf } from "../../../evidence/service-terms";
import { declarationFaults } from "../../../evidence/verify/rules/services";
import type { ServiceRow } from "../../../settings/service-row";
import { SERVICE_NAMES, SERVICES } from "../../../settings/services";
import { MAILBOX } from "../../support/further-services";
import { dryRunEvidence, plannedEvidence } from "../../support/valid-evidence";
import { sampleEnvironment } from "../components/sample";

const TABLE: Readonly<Record<string, ServiceRow>> = { ...SERVICES, mailbox: { ...SERVICES.loki } };

describe("the services that a drill's terms declare", () => {
  it("are those that the table has beyond the first seven, each with what this kind of drill promises", () => {
    expect(FIRST_SERVICES).to.have.length(7);
    expect(furtherServices("planned", TABLE)).to.deep.equal([{ ...MAILBOX, units: ["log lines"] }]);
    expect(furtherServices("unplanned", TABLE)[0]?.promise).to.equal("backup");
  });

  it("are not there where the table has no other: the terms are the same text as before", () => {
    expect(SERVICE_NAMES).to.have.members([...FIRST_SERVICES]);
    const request = { id: "d", nonce: "n", mode: "execute", kind: "planned", fromHost: "a", toHost: "b" } as const;
    expect(Object.keys(drillTerms(request, sampleEnvironment(2)))).to.deep.equal([
      ...["id", "nonce", "mode", "kind", "environment", "fromHost", "toHost", "objectives"],
    ]);
  });

  it("leave the digest of a document from before them as it was, and change that of one that has them", () => {
    for (const document of [plannedEvidence(), dryRunEvidence()]) {
      const { drill, objectives, ...rest } = document;
      const { id, nonce, mode, kind, environment, fromHost, toHost } = drill;
      const terms = { id, nonce, mode, kind, environment, fromHost, toHost, objectives };
      const told = ["version", "success", "failedStep", "steps"];
      const found = Object.fromEntries(Object.entries(rest).filter(([key]) => !told.includes(key)));
      const before = sha256Of(canonicalJson({ terms, found }));
      expect(factsSha256Of(document)).to.equal(before);
      document.drill.furtherServices = [MAILBOX];
      expect(factsSha256Of(document)).not.to.equal(before);
    }
  });

  it("are told of after the first ones, which nothing that is declared changes", () => {
    const declared = [{ ...MAILBOX }, { ...MAILBOX, service: "loki", missingAllowed: 9 }];
    const terms = servicesOf({ kind: "planned", furtherServices: declared });
    expect([...terms.keys()]).to.deep.equal([...FIRST_SERVICES, "mailbox"]);
    expect(terms.get("loki")?.missingAllowed).to.equal(0);
    expect(terms.get("mailbox")?.units).to.deep.equal(["letters"]);
    expect(servicesOf({ kind: "planned" }).get("prometheus")).to.deep.equal({
      ...{ promise: "mirrored", units: ["scrapes"], missingAllowed: 1, carried: null },
    });
  });

  it("are held against the table of a verifier that knows them", () => {
    const known = furtherServices("planned", TABLE);
    expect(declarationFaults(known, known)).to.deep.equal([]);
    const [finding] = declarationFaults([{ ...known[0]!, missingAllowed: 9 }], known);
    expect(finding?.key).to.equal("document.drill.furtherServices[0]");
    expect(finding?.limit).to.include('"missingAllowed": 0');
  });
});
