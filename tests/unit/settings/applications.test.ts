import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { OTHER_KEYS } from "../../../settings/applications";
import { CREDENTIAL_KEYS } from "../../../settings/credentials";
import { parseEnvironment } from "../../../settings/load-environment";
import { sampleEnvironment } from "../components/sample";

const FILE = path.resolve(__dirname, "../../../configs/deploy/environments/prodlike_multi_host.yaml");

/** What parsing says of an environment with these applications: one entry a problem. */
function complaints(applications: unknown): readonly string[] {
  const data: unknown = { ...(parse(readFileSync(FILE, "utf8")) as object), applications };
  try {
    parseEnvironment("env.yaml", data);
    return [];
  } catch (error) {
    return (error as Error).message.split("\n").map((line) => line.replace("env.yaml: ", ""));
  }
}

const WITH_PASSWORD = { password: "shopPassword" };

describe("the applications of an environment file", () => {
  it("are none in a file of before", () => {
    expect(sampleEnvironment(2).applications).to.deep.equal({});
  });

  it("take none of the secrets that are ours", () => {
    expect(OTHER_KEYS).to.include.members(Object.values(CREDENTIAL_KEYS));
  });

  it("get defaults that give away nothing", () => {
    const { applications } = sampleEnvironment(2, {
      applications: {
        shop: { ...WITH_PASSWORD, databases: { shop: {} }, redis: { keys: ["shop:*"] } },
        reader: { grants: { shop: {} } },
      },
    });
    expect(applications["shop"]).to.deep.equal({
      password: "shopPassword",
      databases: { shop: { extensions: [] } },
      member_of: [],
      grants: {},
      redis: { keys: ["shop:*"], read_keys: [], channels: [], commands: ["@all", "-@dangerous"] },
    });
    expect(applications["reader"]?.grants).to.deep.equal({ shop: { privileges: ["connect"], schemas: {} } });
  });

  for (const [name, why] of [
    ["postgres", "PostgreSQL's superuser"],
    ["default", "Redis' own user"],
    ["understudy", "is the pair's own"],
    ["understudy_shop", "begin with understudy are this product's"],
    ["Understudy-shop", "begin with understudy are this product's"],
    ["template1", "is a template"],
    ["pg_shop", "begin with pg_ are PostgreSQL's"],
    ["public", "is everybody"],
    ['a"; drop database shop; --', "letters, digits"],
    ["it's", "letters, digits"],
    ["größe", "letters, digits"],
    ["1st", "letters, digits"],
    ["two words", "letters, digits"],
    ["", "letters, digits"],
    ["x".repeat(64), "at most 63"],
  ] as const) {
    it(`are not called ${JSON.stringify(name)}, nor is a database or what is granted`, () => {
      for (const [applications, field] of [
        [{ [name]: {} }, "applications"],
        [{ shop: { databases: { [name]: {} } } }, "applications.shop.databases"],
        [{ shop: { grants: { [name]: {} } } }, "applications.shop.grants"],
      ] as const) {
        const [first = "", ...others] = complaints(applications);
        expect(others).to.deep.equal([]);
        expect(first).to.include(field).and.include(why);
      }
    });
  }

  it("own a database each, have a secret each, and are no members of themselves", () => {
    expect(
      complaints({
        a: { ...WITH_PASSWORD, databases: { one: {} }, member_of: ["b"] },
        b: { ...WITH_PASSWORD, databases: { one: {} }, member_of: ["c"] },
        c: { member_of: ["a"], grants: { two: {} }, databases: { two: {} } },
      }).map((line) => line.replace(/, not .*/, "")),
    ).to.deep.equal([
      "applications.c.grants.two: a database of others: this one it owns",
      "applications.b.databases.one: another database: a owns this one",
      "applications.b.password: a secret of its own: this one is a's",
      "applications.a.member_of: other roles than it is, by them, a member of itself",
      "applications.b.member_of: other roles than it is, by them, a member of itself",
      "applications.c.member_of: other roles than it is, by them, a member of itself",
    ]);
  });

  for (const [spoilt, words] of [
    [{ pasword: "x" }, "applications.shop.pasword: there is no such setting"],
    [{ password: "postgresPassword" }, "applications.shop.password: a secret of the application's own"],
    [{ password: "certificates" }, "applications.shop.password: a secret of the application's own"],
    [{ password: "s3cret!" }, "applications.shop.password: the name of a secret"],
    [{ connection_limit: 0 }, "applications.shop.connection_limit: "],
    [{ databases: { shop: { encoding: "utf8'; drop" } } }, "applications.shop.databases.shop.encoding: the name of an"],
    [{ databases: { shop: { locale: "C'" } } }, "applications.shop.databases.shop.locale: the name of a locale"],
    [{ databases: { shop: { extensions: ['a"'] } } }, "applications.shop.databases.shop.extensions.0: the name of"],
    [{ databases: { shop: { owner: "x" } } }, "applications.shop.databases.shop.owner: there is no such setting"],
    [{ member_of: ["pg_execute_server_program"] }, "applications.shop.member_of.0: a role of your own, or one of pg_"],
    [{ member_of: ["understudy_drill"] }, "applications.shop.member_of.0: one of your own"],
    [{ member_of: ["a", "a"] }, "applications.shop.member_of: each of them once"],
    [{ grants: { other: { privileges: ["all"] } } }, "applications.shop.grants.other.privileges.0: "],
    [{ grants: { other: { schemas: { understudy: {} } } } }, "applications.shop.grants.other.schemas"],
    [
      { grants: { other: { schemas: { s: { tables: ["drop"] } } } } },
      "applications.shop.grants.other.schemas.s.tables.0: ",
    ],
    [{ redis: {} }, "applications.shop.redis: a password beside it"],
    [{ ...WITH_PASSWORD, redis: { keys: ["a b"] } }, "applications.shop.redis.keys.0: a pattern"],
    [{ ...WITH_PASSWORD, redis: { keys: ["understudy:events"] } }, "applications.shop.redis.keys.0: keys of its own"],
    [{ ...WITH_PASSWORD, redis: { keys: ["*", "a"] } }, "applications.shop.redis.keys: * alone"],
    [{ ...WITH_PASSWORD, redis: { keys: ["*"], read_keys: ["a"] } }, "applications.shop.redis.read_keys: none beside"],
    [{ ...WITH_PASSWORD, redis: { channels: ["a\nuser x"] } }, "applications.shop.redis.channels.0: a pattern"],
    [{ ...WITH_PASSWORD, redis: { commands: [] } }, "applications.shop.redis.commands: "],
    [{ ...WITH_PASSWORD, redis: { commands: ["nopass"] } }, "applications.shop.redis.commands.0: a command of Redis"],
    [{ ...WITH_PASSWORD, redis: { commands: [">x"] } }, "applications.shop.redis.commands.0: a command of Redis"],
    [{ ...WITH_PASSWORD, redis: { commands: ["@nothing"] } }, "applications.shop.redis.commands.0: a command of Redis"],
    [{ ...WITH_PASSWORD, redis: { commands: ["@admin"] } }, "applications.shop.redis.commands.0: another one"],
    [{ ...WITH_PASSWORD, redis: { commands: ["+config"] } }, "applications.shop.redis.commands.0: another one"],
    [{ ...WITH_PASSWORD, redis: { commands: ["config|set"] } }, "applications.shop.redis.commands.0: another one"],
  ] as const) {
    it(`are refused by their field: ${words}`, () => {
      const found = complaints({ shop: spoilt });
      expect(found).to.have.length(1);
      expect(found[0]).to.match(new RegExp(`^${words.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`));
    });
  }
});
