import { expect } from "chai";
import { authorityFinding, certificateFinding } from "../../../../operator/doctor/certificate-findings";
import { certificateState, type CertificateState } from "../../../../operator/certificates/expiry";
import { hostsWithoutClock } from "../../../../operator/certificates/clocks";
import { certificateMetrics } from "../../../../operator/health/certificate-metrics";
import { makeAuthority } from "../../../../settings/certificates/issue";
import type { StackCertificates } from "../../../../settings/certificates/stored";
import { namedHosts } from "../../../../settings/pair";
import { UserError } from "../../../../settings/user-error";
import { bundleFrom, DAY_MS, LIFE_MS } from "../../../support/issued";
import { sampleEnvironment } from "../../components/sample";

const NOW = Date.parse("2026-11-30T12:00:00Z");
const PAIR = sampleEnvironment(2);
const [HOST] = namedHosts(PAIR);

describe("the ends of certificates", function () {
  this.timeout(20_000);
  let bundle: StackCertificates;

  before(async () => {
    bundle = await bundleFrom(PAIR, "host-a", await makeAuthority("sample", NOW), NOW);
  });

  const state = (value: string | undefined, nowMs = NOW, secret = true): CertificateState =>
    certificateState(
      value === undefined ? {} : { "understudy:certificates": { value, secret } },
      { environment: PAIR, host: HOST! },
      nowMs,
    );
  const whole = (nowMs = NOW): CertificateState => state(JSON.stringify(bundle), nowMs);

  it("doctor says nothing of a pair without any, and when the first of a whole pair's ends", () => {
    expect(certificateFinding("host-a", state(undefined))).to.deep.equal([]);
    const [finding] = certificateFinding("host-a", whole());
    expect(finding).to.deep.include({ state: "good", detail: "7, the first ends at 2027-11-30T12:00:00Z" });
  });

  it("doctor finds what is due, and says which, why and what renews it", () => {
    const [finding] = certificateFinding("host-a", whole(NOW + LIFE_MS - DAY_MS));
    expect(finding).to.deep.include({ state: "problem", fix: "understudy certificates --execute" });
    expect(finding?.detail).to.match(/^server: less than a third of its life is left: .*; understudy_drill: less/);
    const leaves = Object.fromEntries(Object.entries(bundle.leaves).filter(([name]) => name !== "server"));
    const [missing] = certificateFinding("host-a", state(JSON.stringify({ ...bundle, leaves })));
    expect(missing?.detail).to.equal("server: there is none");
  });

  it("doctor has a CA exchanged while what it signs still lives its year", async () => {
    const old = await makeAuthority("sample", NOW - 3300 * DAY_MS);
    const late = await bundleFrom(PAIR, "host-a", old, NOW);
    const [finding] = certificateFinding("host-a", state(JSON.stringify(late)));
    expect(finding).to.deep.include({ state: "problem", fix: "understudy certificates --exchange-ca add --execute" });
    expect(finding?.detail).to.match(/^understudy CA of sample \w{8} ends at 2027-11-15T/);
  });

  it("doctor takes nothing that it cannot read for good", () => {
    for (const one of [state("{}"), state("x"), state(JSON.stringify(bundle), NOW, false)])
      expect(certificateFinding("host-a", one)[0]?.state).to.equal("problem");
  });

  it("doctor finds a CA key where it does not belong, or in the clear", () => {
    const key = (secret: boolean) => ({ "understudy:caKey": { value: "x", secret } });
    expect(authorityFinding("primary", key(true))).to.deep.equal([]);
    expect(authorityFinding("standby", {})).to.deep.equal([]);
    expect(authorityFinding("standby", key(true))[0]?.detail).to.match(/belongs into stack primary alone$/);
    expect(authorityFinding("primary", key(false))[0]?.detail).to.match(/is not encrypted$/);
  });

  it("go to Prometheus: an end each, none where nothing can be read, nothing for a host without any", () => {
    const text = certificateMetrics('sam"ple', {
      "host-a": whole(),
      "host-b": state("{}"),
      "host-c": state(undefined),
    });
    const lines = text.split("\n").filter((line) => !line.startsWith("#"));
    const [ca, ...leaves] = lines;
    expect(ca).to.match(
      /^understudy_certificate_not_after_timestamp_seconds\{environment="sam\\"ple",host="host-a",kind="ca",name="understudy CA of sample \w{8}"\} 2111400000$/,
    );
    expect(leaves[0]).to.equal(
      'understudy_certificate_not_after_timestamp_seconds{environment="sam\\"ple",host="host-a",kind="leaf",name="server"} 1827576000',
    );
    expect(lines.slice(8)).to.deep.equal([
      'understudy_certificates_readable{environment="sam\\"ple",host="host-a"} 1',
      'understudy_certificates_readable{environment="sam\\"ple",host="host-b"} 0',
      "",
    ]);
  });
});

describe("the clocks before something is issued", () => {
  const at = (offsetMs: number, errorMs = 20) => ({ offsetMs, errorMs });
  const refusal = (clocks: Parameters<typeof hostsWithoutClock>[0]): UserError => {
    try {
      hostsWithoutClock(clocks);
    } catch (error) {
      if (error instanceof UserError) return error;
    }
    throw new Error("it was not refused");
  };

  it("may differ by five minutes, and by the error of their reading", () => {
    expect(hostsWithoutClock({ "host-a": at(299_000), "host-b": at(-300_010) })).to.deep.equal({});
  });

  it("refuse one that is ahead or behind, by its host", () => {
    expect(refusal({ "host-a": at(0), "host-b": at(-31_536_000_000) }).message).to.match(
      /^the clock of host-b is 31536000 s behind this machine's, at most 300 s: /,
    );
    expect(refusal({ "host-a": at(400_000), "host-b": at(0) }).message).to.match(
      /^the clock of host-a is 400 s ahead of/,
    );
  });

  it("leave out a host that does not tell, and refuse when none does", () => {
    const silent = { reason: "no route" };
    expect(hostsWithoutClock({ "host-a": at(0), "host-b": silent })).to.deep.equal({ "host-b": "no route" });
    expect(refusal({ "host-a": silent, "host-b": silent })).to.include({ exitCode: 3, next: "understudy doctor" });
  });
});
