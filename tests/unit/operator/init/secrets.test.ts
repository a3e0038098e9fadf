import { expect } from "chai";
import { planSecrets, wantedSecrets } from "../../../../operator/init/make-stacks";
import type { Environment } from "../../../../settings/environment";

const secret = (value: string): { value: string; secret: boolean } => ({ value, secret: true });
const environment = { hosts: {}, applications: { shop: { password: "shopPassword" } } } as unknown as Environment;
const drawn = (): (() => string) => {
  let count = 0;
  return () => `drawn-${++count}`;
};

describe("the secrets of a new pair", () => {
  it("are those that up would miss, the applications', and what our roles' passwords come from", () => {
    expect(wantedSecrets(environment, [{}, {}])).to.deep.equal([
      "understudy:rolesPassword",
      "understudy:postgresPassword",
      "understudy:replicationPassword",
      "understudy:redisPassword",
      "understudy:grafanaPassword",
      "understudy:shopPassword",
    ]);
  });

  it("leave a pair as it is that derives its roles' passwords from the superuser's", () => {
    const works = { "understudy:postgresPassword": secret("p") };
    expect(wantedSecrets(environment, [works, works])).to.not.include("understudy:rolesPassword");
    const begun = { "understudy:rolesPassword": secret("r"), ...works };
    expect(wantedSecrets(environment, [begun, {}])[0]).to.equal("understudy:rolesPassword");
  });

  it("are drawn once for both stacks, and what one has the other one gets", () => {
    const plans = planSecrets(["a", "b"], [{ a: secret("kept") }, {}], drawn());
    expect(plans.map((plan) => [...plan])).to.deep.equal([
      [["b", "drawn-1"]],
      [
        ["a", "kept"],
        ["b", "drawn-1"],
      ],
    ]);
  });

  it("stay what they are, also where the stacks differ: doctor says so", () => {
    const plans = planSecrets(["a"], [{ a: secret("one") }, { a: secret("other") }], drawn());
    expect(plans.map(({ size }) => size)).to.deep.equal([0, 0]);
  });
});
