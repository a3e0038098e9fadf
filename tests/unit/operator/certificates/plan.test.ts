import { expect } from "chai";
import {
  phaseOf,
  placeOfFile,
  rootOf,
  type ExchangeStep,
  type KnownAuthorities,
} from "../../../../operator/certificates/exchange";
import {
  planCertificates,
  type CertificatePlan,
  type CertificateReading,
} from "../../../../operator/certificates/plan";
import { issueLeaf, makeAuthority } from "../../../../settings/certificates/issue";
import type { Authority, StackCertificates } from "../../../../settings/certificates/stored";
import { wantedOfAll } from "../../../../settings/certificates/wanted";
import { UserError } from "../../../../settings/user-error";
import { bundleFrom, DAY_MS, LIFE_MS } from "../../../support/issued";
import { sampleEnvironment } from "../../components/sample";

const NOW = Date.parse("2026-11-30T12:00:00Z");
const PAIR = sampleEnvironment(2);
const HOSTS = ["host-a", "host-b"] as const;
type Stored = CertificateReading["stored"];

describe("what becomes of a pair's certificates", function () {
  this.timeout(20_000);
  let old: Authority;
  let fresh: Authority;
  /** Every host's certificates from the old CA, from the new one, and trust in one or both. */
  const bundles: Record<string, StackCertificates> = {};

  before(async () => {
    [old, fresh] = [await makeAuthority("sample", NOW), await makeAuthority("sample", NOW)];
    for (const host of HOSTS) {
      bundles[`${host} old`] = await bundleFrom(PAIR, host, old, NOW);
      bundles[`${host} fresh`] = await bundleFrom(PAIR, host, fresh, NOW);
    }
  });

  const of = (host: string, from: "old" | "fresh", ...trust: readonly Authority[]): StackCertificates => ({
    ...bundles[`${host} ${from}`]!,
    trust: trust.map(rootOf),
  });
  const pair = (a: StackCertificates | undefined, b: StackCertificates | undefined): Stored => ({
    "host-a": a,
    "host-b": b,
  });
  const steady = (): Stored => pair(of("host-a", "old", old), of("host-b", "old", old));

  const reading = (
    stored: Stored,
    authorities: KnownAuthorities,
    more: Partial<CertificateReading> = {},
  ): CertificateReading => ({
    ...{ stored, authorities, wanted: wantedOfAll(PAIR), own: true, step: undefined, nowMs: NOW },
    ...{ verb: "understudy certificates", ...more },
  });
  const plan = (stored: Stored, authorities: KnownAuthorities, more?: Partial<CertificateReading>): CertificatePlan =>
    planCertificates(reading(stored, authorities, more));
  const issued = ({ hosts }: CertificatePlan): readonly string[] =>
    hosts.flatMap(({ host, leaves }) =>
      leaves.filter(({ why }) => why !== null).map(({ wanted }) => `${host} ${wanted.name}`),
    );
  const refused = (stored: Stored, authorities: KnownAuthorities, step?: ExchangeStep, more = {}): UserError => {
    try {
      plan(stored, authorities, { step, ...more });
    } catch (error) {
      if (error instanceof UserError) return error;
    }
    throw new Error("it was not refused");
  };

  describe("is told by what there is", () => {
    it("in every phase of an exchange", () => {
      const at = (stored: Stored, issuer: Authority | null, next: Authority | null): string =>
        phaseOf({ stored, authorities: { issuer, next } });
      expect(at(pair(undefined, undefined), null, null)).to.equal("none");
      expect(at(steady(), null, null)).to.equal("no-key");
      expect(at(steady(), old, null)).to.equal("steady");
      expect(at(steady(), old, fresh)).to.equal("adding");
      const half = pair(of("host-a", "old", old, fresh), of("host-b", "old", old));
      expect(at(half, old, fresh)).to.equal("adding");
      const both = pair(of("host-a", "old", old, fresh), of("host-b", "old", old, fresh));
      expect(at(both, old, fresh)).to.equal("added");
      expect(at(both, fresh, null)).to.equal("renewing");
      const renewed = pair(of("host-a", "fresh", old, fresh), of("host-b", "fresh", old, fresh));
      expect(at(pair(renewed["host-a"], both["host-b"]), fresh, null)).to.equal("renewing");
      expect(at(renewed, fresh, null)).to.equal("renewed");
      expect(at(pair(of("host-a", "fresh", fresh), renewed["host-b"]), fresh, null)).to.equal("renewed");
    });
  });

  describe("when they are to be kept current", () => {
    it("a pair without any gets a CA and all of them", () => {
      const made = plan(pair(undefined, undefined), { issuer: null, next: null });
      expect([made.make, issued(made).length]).to.deep.equal(["issuer", 14]);
    });

    it("a run that was cut off after the CA goes on from it, and after one host with the other alone", () => {
      const second = plan(pair(undefined, undefined), { issuer: old, next: null });
      expect([second.make, second.signer, issued(second).length]).to.deep.equal([null, old, 14]);
      const third = plan(pair(of("host-a", "old", old), undefined), { issuer: old, next: null });
      expect(issued(third).map((one) => one.split(" ")[0])).to.deep.equal(Array(7).fill("host-b"));
      expect(third.hosts[1]?.trust).to.deep.equal([rootOf(old)]);
    });

    it("nothing is issued twice", () => {
      expect(issued(plan(steady(), { issuer: old, next: null }))).to.deep.equal([]);
    });

    it("only what is due is issued: an address that has changed, and what is near its end", async () => {
      const moved = sampleEnvironment(2, {
        hosts: { ...PAIR.hosts, "host-b": { ...PAIR.hosts["host-b"], address: "10.9.9.9" } },
      });
      const wanted = wantedOfAll(moved);
      expect(issued(plan(steady(), { issuer: old, next: null }, { wanted }))).to.deep.equal(["host-b server"]);
      const later = { nowMs: NOW + LIFE_MS - 100 * DAY_MS };
      const [guard] = wanted["host-a"]!.filter(({ name }) => name === "understudy_guard");
      const stored = steady();
      stored["host-a"]!.leaves["understudy_guard"] = await issueLeaf(guard!, old, later.nowMs);
      expect(issued(plan(stored, { issuer: old, next: null }, later))).to.have.length(13);
    });

    it("nothing is issued without the CA's key, by a CA that ended, or by one that a host does not trust", () => {
      const later = { nowMs: NOW + LIFE_MS };
      expect(refused(steady(), { issuer: null, next: null }, undefined, later)).to.include({
        exitCode: 3,
        next: "understudy certificates --exchange-ca add --execute",
      });
      const ended = refused(steady(), { issuer: old, next: null }, undefined, { nowMs: NOW + 3651 * DAY_MS });
      expect(ended.message).to.include("the CA ended at 2036-11-27T12:00:00Z");
      expect(ended.next).to.equal("understudy certificates --exchange-ca add --execute");
      const other = refused(steady(), { issuer: fresh, next: null }, undefined, later);
      expect(other.message).to.include("from a CA that a host does not trust");
    });

    it("while a CA is being exchanged, the one that signs goes on, and the rest of a renewal is the new one's", () => {
      const both = pair(of("host-a", "old", old, fresh), of("host-b", "old", old, fresh));
      const later = { nowMs: NOW + LIFE_MS - DAY_MS };
      expect(plan(both, { issuer: old, next: fresh }, later).signer).to.equal(old);
      const cut = pair(of("host-a", "fresh", old, fresh), of("host-b", "old", old, fresh));
      const rest = plan(cut, { issuer: fresh, next: null });
      expect([rest.signer, issued(rest).length]).to.deep.equal([fresh, 7]);
      expect(rest.hosts.map(({ trust }) => trust.length)).to.deep.equal([2, 2]);
    });
  });

  describe("when the CA is exchanged", () => {
    const both = (from: "old" | "fresh"): Stored =>
      pair(of("host-a", from, old, fresh), of("host-b", from, old, fresh));

    it("first every host trusts both, and no certificate changes", () => {
      expect(plan(steady(), { issuer: old, next: null }, { step: "add" }).make).to.equal("next");
      const resumed = plan(
        pair(both("old")["host-a"], steady()["host-b"]),
        { issuer: old, next: fresh },
        { step: "add" },
      );
      expect([resumed.make, issued(resumed)]).to.deep.equal([null, []]);
      expect(resumed.hosts.map(({ trust }) => trust)).to.deep.equal(Array(2).fill([rootOf(old), rootOf(fresh)]));
    });

    it("then every certificate is the new one's, and both are trusted; again from wherever it was cut off", () => {
      const first = plan(both("old"), { issuer: old, next: fresh }, { step: "renew" });
      expect([first.promote, first.signer, issued(first).length]).to.deep.equal([true, fresh, 14]);
      const cut = plan(
        pair(both("fresh")["host-a"], both("old")["host-b"]),
        { issuer: fresh, next: null },
        { step: "renew" },
      );
      expect([cut.promote, issued(cut).length]).to.deep.equal([false, 7]);
      expect(issued(plan(both("fresh"), { issuer: fresh, next: null }, { step: "renew" }))).to.deep.equal([]);
    });

    it("at last the old one is trusted no more", () => {
      const last = plan(both("fresh"), { issuer: fresh, next: null }, { step: "drop" });
      expect(last.hosts.map(({ trust }) => trust)).to.deep.equal(Array(2).fill([rootOf(fresh)]));
      expect(issued(last)).to.deep.equal([]);
    });

    it("no step is taken before the one that it needs", () => {
      const known = { issuer: old, next: fresh };
      const half = pair(both("old")["host-a"], steady()["host-b"]);
      expect(refused(half, known, "renew").next).to.include("--exchange-ca add");
      expect(refused(half, known, "drop").next).to.include("--exchange-ca add");
      expect(refused(both("old"), known, "drop").next).to.include("--exchange-ca renew");
      const cut = pair(both("fresh")["host-a"], both("old")["host-b"]);
      expect(refused(cut, { issuer: fresh, next: null }, "drop").next).to.include("--exchange-ca renew");
      expect(refused(cut, { issuer: fresh, next: null }, "add").next).to.include("--exchange-ca renew");
      expect(refused(both("fresh"), { issuer: fresh, next: null }, "add").next).to.include("--exchange-ca drop");
      expect(refused(steady(), { issuer: old, next: null }, "renew").next).to.include("--exchange-ca add");
      expect(refused(pair(undefined, undefined), { issuer: null, next: null }, "add").next).to.equal(
        "understudy certificates --execute",
      );
    });

    it("a CA whose key is lost is exchanged all the same", () => {
      expect(plan(steady(), { issuer: null, next: null }, { step: "add" }).make).to.equal("next");
      const second = plan(both("old"), { issuer: null, next: fresh }, { step: "renew" });
      expect([second.promote, issued(second).length]).to.deep.equal([true, 14]);
    });
  });

  describe("with the team's own CA", () => {
    it("it signs where nothing is yet, and where certificates are from it; else it is the next", () => {
      expect(placeOfFile(pair(undefined, undefined), old)).to.deep.equal({ issuer: old, next: null });
      expect(placeOfFile(steady(), old)).to.deep.equal({ issuer: old, next: null });
      expect(placeOfFile(steady(), fresh)).to.deep.equal({ issuer: null, next: fresh });
      const added = pair(of("host-a", "old", old, fresh), of("host-b", "old", old, fresh));
      expect(placeOfFile(added, fresh)).to.deep.equal({ issuer: null, next: fresh });
      const cut = pair(of("host-a", "fresh", old, fresh), added["host-b"]);
      expect(placeOfFile(cut, fresh)).to.deep.equal({ issuer: fresh, next: null });
    });

    it("none is made: the new one's files come first", () => {
      const own = { own: false };
      const refusal = refused(steady(), { issuer: old, next: null }, "add", own);
      expect(refusal.next).to.include("certificates.ca_file and certificates.ca_key_file, then: ");
      expect(plan(steady(), { issuer: null, next: fresh }, { ...own, step: "add" }).make).to.equal(null);
    });
  });
});
