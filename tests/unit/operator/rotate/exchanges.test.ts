import { expect } from "chai";
import { statusTable } from "../../../../cli/status-table";
import { exchangeFinding } from "../../../../operator/doctor/exchange-findings";
import { exchangesIn, type RunningExchange } from "../../../../operator/rotate/exchanges";
import { rootOf } from "../../../../operator/certificates/exchange";
import { applicationsSchema } from "../../../../settings/applications";
import { makeAuthority } from "../../../../settings/certificates/issue";
import type { Authority, StackCertificates } from "../../../../settings/certificates/stored";
import { bundleFrom } from "../../../support/issued";
import { sampleEnvironment } from "../../components/sample";

const NOW = Date.parse("2026-11-30T12:00:00Z");
const PAIR = {
  ...sampleEnvironment(2),
  applications: applicationsSchema.parse({ shop: { password: "shopPassword", redis: { keys: ["*"] } }, group: {} }),
};
type Values = Readonly<Record<string, string>>;

const found = (a: Values, b: Values): readonly RunningExchange[] => {
  const config = (all: Values) =>
    Object.fromEntries(Object.entries(all).map(([key, value]) => [`understudy:${key}`, { value, secret: true }]));
  const configs = [
    { host: "host-a", config: config(a) },
    { host: "host-b", config: config(b) },
  ];
  return exchangesIn(PAIR, configs, "pair.yaml", NOW);
};

describe("the exchanges that are running", function () {
  this.timeout(20_000);

  it("are none where nothing stands beside a key", () => {
    expect(found({ redisPassword: "x", shopPassword: "y" }, { redisPassword: "x" })).to.deep.equal([]);
  });

  it("are told by what stands beside a key, with how far, since when and the command that goes on", () => {
    const begun = { rolesPasswordBefore: "hidden", rolesPasswordSince: "2026-11-30T11:00:00.000Z" };
    const shop = { shopPasswordBefore: "hidden", shopPasswordSince: "no time" };
    const all = found({ ...begun, ...shop }, begun);
    expect(all).to.deep.equal([
      {
        ...{ name: "roles", phase: "both stacks have both", since: "2026-11-30T11:00:00.000Z" },
        next: "understudy rotate roles --env-config pair.yaml --execute",
      },
      {
        ...{ name: "application shop", since: null },
        phase: "the former one stands beside the key in one stack alone: it begins, or it is about to end",
        next: "understudy rotate application shop --env-config pair.yaml --execute, and once every client has the new one: understudy rotate application shop --env-config pair.yaml --drop-old --execute",
      },
    ]);
    expect(JSON.stringify(all)).to.not.include("hidden");
  });

  describe("of the CA", () => {
    let [old, fresh] = [undefined, undefined] as unknown as [Authority, Authority];
    const ofPair = async (by: Authority, trust: readonly Authority[]): Promise<readonly StackCertificates[]> =>
      Promise.all(["host-a", "host-b"].map((host) => bundleFrom(PAIR, host, by, NOW, trust)));
    const seen = (issuer: Authority, next: Authority | null, [a, b]: readonly StackCertificates[]) =>
      found(
        { caKey: JSON.stringify({ version: 1, issuer, next }), certificates: JSON.stringify(a) },
        { certificates: JSON.stringify(b) },
      );

    before(async () => {
      [old, fresh] = [await makeAuthority("sample", NOW), await makeAuthority("sample", NOW)];
    });

    it("are told by its phase, and since when there is a new one", async () => {
      expect(seen(old, null, await ofPair(old, [old]))).to.deep.equal([]);
      const [added] = seen(old, fresh, await ofPair(old, [old, fresh]));
      expect(added).to.include({ name: "ca", since: "2026-11-30T12:00:00Z" });
      expect(added?.phase).to.match(/every host trusts both/);
      expect(added?.next).to.include("--drop-old");
      const both = await ofPair(fresh, [old, fresh]);
      expect(seen(fresh, null, both)[0]?.phase).to.match(/the old one is still trusted/);
      const half = [{ ...(both[0] ?? expect.fail()), trust: [rootOf(fresh)] }, both[1] ?? expect.fail()];
      expect(seen(fresh, null, half)[0]?.next).to.match(/^understudy rotate ca \S+ \S+ --drop-old --execute$/);
    });
  });

  const ONE: RunningExchange = { name: "redis", phase: "half", since: "2026-11-30T11:00:00.123Z", next: "go on" };

  it("are said by doctor and by status, which is well all the same", () => {
    expect(exchangeFinding(ONE)).to.deep.include({ state: "problem", fix: "go on" });
    expect(exchangeFinding({ ...ONE, since: null }).detail).to.equal("redis is being exchanged: half");
    const text = statusTable({
      readAt: "now",
      rows: [],
      good: true,
      kept: [],
      troubles: [],
      waiting: [],
      exchanges: [ONE],
    });
    expect(text).to.include("exchange redis, since 2026-11-30T11:00:00Z: half\n         next: go on\n");
    expect(text).to.include("all well");
  });
});
