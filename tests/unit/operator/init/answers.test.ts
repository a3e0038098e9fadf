import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import {
  checkedText,
  collectAnswers,
  refuseOtherFlags,
  type InitFlags,
  type Question,
} from "../../../../operator/init/answers";
import { passwordKey } from "../../../../operator/init/environment-text";
import { UserError } from "../../../../settings/user-error";

const ROOT = path.resolve(__dirname, "../../../..");
const template = (name: string): string => readFileSync(path.join(ROOT, "configs/deploy/environments", name), "utf8");
const TWO = template("prodlike_multi_host.yaml");

const FLAGS: InitFlags = {
  primary: "ssh://deploy@a.example:22",
  "primary-replication-address": "192.168.40.11",
  standby: "ssh://deploy@10.0.0.12",
};
const nobody = (): Promise<undefined> => Promise.resolve(undefined);

async function refusal(work: () => Promise<unknown>): Promise<UserError> {
  const thrown: unknown = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof UserError) return thrown;
  throw new Error(`it was not refused: ${String(thrown)}`);
}

describe("the answers of understudy init", () => {
  it("come from flags, with what follows from them", async () => {
    const { hosts, backend, name, application } = await collectAnswers(FLAGS, false, nobody);
    expect(hosts.map((one) => [one.name, one.address, one.replicationAddress])).to.deep.equal([
      ["host-a", "a.example", "192.168.40.11"],
      ["host-b", "10.0.0.12", "10.0.0.12"],
    ]);
    expect([backend, name, application]).to.deep.equal(["file://state", "pair", undefined]);
  });

  it("are asked for where a flag is missing, and an empty one is the usual one", async () => {
    const asked: Question[] = [];
    const said: Record<string, string> = { standby: "ssh://b.example", "standby-replication-address": "192.168.40.12" };
    const { hosts } = await collectAnswers({ ...FLAGS, standby: undefined }, false, (question) => {
      asked.push(question);
      return Promise.resolve(said[question.flag] ?? "");
    });
    expect(hosts[1]).to.include({ docker: "ssh://b.example", address: "b.example", name: "host-b" });
    expect(asked.map(({ flag }) => flag)).to.include.members(["name", "standby", "backend", "application"]);
    expect(asked.map(({ flag }) => flag)).to.not.include.members(["primary"]);
  });

  it("name every flag that is missing where nobody can be asked", async () => {
    const { message, exitCode } = await refusal(() => collectAnswers({}, false, nobody));
    expect(exitCode).to.equal(2);
    expect(message).to.match(
      /missing: --primary, --primary-replication-address, --standby, --standby-replication-address$/,
    );
    expect((await refusal(() => collectAnswers({}, true, nobody))).message).to.not.include("standby");
  });
});

describe("the environment file of understudy init", () => {
  const text = async (flags: InitFlags): Promise<ReturnType<typeof checkedText>> =>
    checkedText(TWO, await collectAnswers({ ...FLAGS, ...flags }, false, nobody), "environment.yaml");

  it("is what every reader takes, with the template's images and comments", async () => {
    const { text: written, environment } = await text({ application: "Web-shop" });
    expect(Object.keys(environment.hosts)).to.deep.equal(["host-a", "host-b"]);
    expect(environment.pulumi).to.deep.equal({ backend: "file://state", passphrase_file: "passphrase" });
    expect(environment.applications["Web-shop"]).to.deep.include({ password: "webShopPassword" });
    expect(Object.keys(environment.applications["Web-shop"]?.databases ?? {})).to.deep.equal(["Web_shop"]);
    expect(written).to.include("# backup:").and.include("Pin them by digest").and.not.include("Replace the addresses");
    expect(written.startsWith("# The pair's environment file: yours")).to.equal(true);
  });

  it("has no passphrase file where the backend keeps the keys, and one host where there is one", async () => {
    const cloud = await text({ backend: "https://api.pulumi.com" });
    expect(cloud.environment.pulumi).to.deep.equal({ backend: "https://api.pulumi.com" });
    const alone = await collectAnswers(FLAGS, true, nobody);
    const { environment } = checkedText(template("single_host.yaml"), alone, "environment.yaml");
    expect(Object.values(environment.hosts).map(({ stack }) => stack)).to.deep.equal(["primary"]);
  });

  for (const [what, flags, words] of [
    ["a name that is none", { name: "Prod!" }, /environment\.yaml: name: lower-case letters/],
    ["an address that is none", { "primary-address": "a b" }, /hosts\.host-a\.address: /],
    ["a replication address that is a name's", { "standby-replication-address": "::1" }, /replication_address: /],
    [
      "an endpoint that is not SSH",
      { standby: "tcp://b", "standby-replication-address": "192.168.40.12" },
      /hosts\.host-b\.docker: an ssh:\/\/ endpoint/,
    ],
    ["a backend that is no URL", { backend: "/srv/state" }, /--backend is "\/srv\/state", allowed: a URL/],
    ["two hosts of one name", { "standby-name": "host-a" }, /both hosts are called host-a/],
    ["two hosts at one address", { "standby-replication-address": "192.168.40.11" }, /both hosts have/],
    ["an application that is PostgreSQL's own", { application: "postgres" }, /applications\.postgres: /],
  ] as const) {
    it(`is refused with its field: ${what}`, async () => {
      const { message, exitCode } = await refusal(() => text(flags));
      expect(exitCode).to.equal(2);
      expect(message).to.match(words);
    });
  }

  it("that is there is not changed by flags: each that says something else is named with its field", async () => {
    const { environment } = await text({});
    expect(() => refuseOtherFlags(FLAGS, environment, "environment.yaml")).to.not.throw();
    const other = { ...FLAGS, name: "other", "standby-address": "b.example", application: "shop" };
    expect(() => refuseOtherFlags(other, environment, "environment.yaml")).to.throw(
      UserError,
      "--name other, and name of environment.yaml is pair; --standby-address b.example, and hosts.host-b.address of environment.yaml is 10.0.0.12; --application shop, and applications of environment.yaml is not there",
    );
  });
});

describe("the secret of an application's password", () => {
  it("has a name that the config takes", () => {
    expect(["shop", "web-shop", "Web.shop_2", "_x"].map(passwordKey)).to.deep.equal([
      "shopPassword",
      "webShopPassword",
      "webShop2Password",
      "xPassword",
    ]);
  });
});
