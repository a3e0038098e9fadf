import { expect } from "chai";
import type { DrillRun } from "../../../../drills/engine/drill-run";
import { precheckNext, StepRecorder } from "../../../../drills/engine/step-recorder";
import { DrillClock } from "../../../../drills/hosts/clock";
import { readContainers } from "../../../../drills/hosts/containers";
import { healthChecks, healthOf } from "../../../../drills/hosts/health-checks";
import { plannedKind } from "../../../../drills/planned/planned";
import { carryServiceData, settleServiceData } from "../../../../drills/planned/service-data";
import { ifPossible } from "../../../../drills/services/backup/hold-backups";
import { continueServices } from "../../../../drills/unplanned/verify";
import type { UnplannedRun } from "../../../../drills/unplanned/unplanned-run";
import { drillTerms, noFacts } from "../../../../evidence/drill-facts";
import { askedServices, type DrillRequest } from "../../../../evidence/drill-request";
import type { Check } from "../../../../evidence/document";
import { viewFrom } from "../../../../settings/pair";
import { OTHER_SERVICES, SERVICE_NAMES, STORE_NAMES } from "../../../../settings/services";
import { plannedEvidence } from "../../../support/valid-evidence";
import { sampleEnvironment } from "../../components/sample";

const ENVIRONMENT = sampleEnvironment(2);
const HOST = { ...viewFrom(ENVIRONMENT, "host-a").self, docker: "ssh://nowhere.invalid" };
const REQUEST: DrillRequest = {
  ...{ id: "d-1", mode: "execute", kind: "planned", nonce: "", stores_only: true },
  ...{ environmentFile: "no/such.yaml", fromHost: "host-a", toHost: "host-b" },
};

/** An engine whose Loki never answers: what asks it waits for ever. */
function engineThatHangs(): { readonly asked: string[]; readonly engine: never } {
  const asked: string[] = [];
  const getContainer = (name: string) => ({
    inspect: () => {
      asked.push(name);
      if (!name.includes("timescaledb") && !name.includes("redis")) return new Promise(() => undefined);
      return Promise.resolve({
        State: { Running: true, Status: "running", Health: undefined, StartedAt: "2026-11-30T10:00:00Z" },
        Config: { Image: "x" },
      });
    },
  });
  return { asked, engine: { docker: { getContainer } } as never };
}

/** A host that ends the test when anything of it is used. */
const UNTOUCHED = new Proxy(
  { host: HOST },
  {
    get: (target, key) => {
      if (key === "host") return target["host"];
      throw new Error(`${String(key)} of a host was used`);
    },
  },
);

const RUN = {
  request: REQUEST,
  environment: ENVIRONMENT,
  from: UNTOUCHED,
  to: UNTOUCHED,
  backups: {},
  rehearsed: [],
  carried: [],
};

describe("a drill of the two stores only", () => {
  it("asks for the health of the stores alone: a service that hangs is no reason to wait", async () => {
    const { asked, engine } = engineThatHangs();
    const checks = await healthChecks([{ host: HOST, engine }], ENVIRONMENT, askedServices(REQUEST));
    expect(checks.map(({ name, ok }) => [name, ok])).to.deep.equal(STORE_NAMES.map((one) => [healthOf(one), true]));
    await readContainers({ host: HOST, engine }, ENVIRONMENT, askedServices(REQUEST));
    expect(asked).to.have.length(2 * STORE_NAMES.length);
    expect(askedServices({ ...REQUEST, stores_only: false })).to.deep.equal(SERVICE_NAMES);
  });

  it("prepares no backup, no restore and no copy", async () => {
    await plannedKind.prepare?.(RUN as unknown as DrillRun);
  });

  it("goes on where the containers of the backups do not answer", async () => {
    expect(await ifPossible(Promise.reject(new Error("no such container")))).to.equal(false);
    expect(await ifPossible(Promise.resolve())).to.equal(true);
  });

  it("says of every other service that nobody asked it, and touches none, also after a killed run", async () => {
    const facts = { ...noFacts(), probe: plannedEvidence().probe };
    const run = { ...RUN, facts } as unknown as DrillRun;
    const recorder = new StepRecorder("verify", REQUEST.id, DrillClock.start());
    expect(await carryServiceData(run, recorder)).to.deep.equal([]);
    const said = run.facts.continuity?.services.map(({ service, notCarried, counted }) => [
      service,
      notCarried?.why ?? null,
      counted.length,
    ]);
    expect(said).to.have.deep.members([
      ...STORE_NAMES.map((one) => [one, null, 1]),
      ...OTHER_SERVICES.map((one) => [one, "stores-only", 0]),
    ]);
    expect(await settleServiceData(run)).to.equal("the other services were left as they are");
  });

  it("leaves the other services of a failover without their backups", async () => {
    const run = { ...RUN, request: { ...REQUEST, kind: "unplanned" }, facts: noFacts(), old: UNTOUCHED };
    const recorder = new StepRecorder("verify", REQUEST.id, DrillClock.start());
    expect(await continueServices(run as unknown as UnplannedRun, recorder)).to.deep.equal([]);
    expect(run.facts.continuity?.services.find(({ service }) => service === "loki")?.notCarried?.why).to.equal(
      "stores-only",
    );
  });

  it("is a part of the terms that every step records, and only then", () => {
    expect(drillTerms(REQUEST, ENVIRONMENT)).to.include({ storesOnly: true });
    expect(drillTerms({ ...REQUEST, stores_only: false }, ENVIRONMENT)).not.to.have.property("storesOnly");
  });
});

describe("what a refused switchover advises", () => {
  const check = (name: string, ok: boolean): Check => ({ name, host: "host-a", measured: ok, limit: true, ok });

  it("names --stores-only where nothing but other services is sick", () => {
    const next = precheckNext([check("standby streams", true), check(healthOf("loki"), false)], REQUEST);
    expect(next).to.include("understudy switchover --stores-only --to host-b");
  });

  it("does not where a store is sick, or anything else is wrong", () => {
    for (const name of [healthOf("redis"), "standby streams"])
      expect(precheckNext([check(healthOf("loki"), false), check(name, false)], REQUEST)).not.to.include("stores-only");
  });
});
