import { expect } from "chai";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { writeEvidence } from "../../evidence/write-evidence";
import { testKey } from "../support/signed-evidence";
import { temporaryFolder } from "../support/temporary-folder";
import { understudy } from "../support/understudy-command";
import { plannedEvidence } from "../support/valid-evidence";

const ENVIRONMENTS = path.resolve(__dirname, "../../configs/deploy/environments");
const LIMITS = ["--max-failover-seconds", "60", "--max-data-lag-events", "0"];

/** The shipped two-host file, with a key to sign with. */
function signing(signingKeyFile: string, keyIsFor: string): string {
  const data = parse(readFileSync(path.join(ENVIRONMENTS, "prodlike_multi_host.yaml"), "utf8")) as object;
  return stringify({ ...data, evidence: { signing_key_file: signingKeyFile, key_is_for: keyIsFor } });
}

/** The shipped two-host file, spoiled in three places. */
function wrongEnvironment(): string {
  const data = parse(readFileSync(path.join(ENVIRONMENTS, "prodlike_multi_host.yaml"), "utf8")) as {
    hosts: Record<string, Record<string, unknown>>;
  };
  data.hosts["host-a"]!["docker"] = "tcp://host-a:2375";
  return stringify({ ...data, objectives: { max_failover_seconds: "soon" }, colour: "red" });
}

describe("bad input to the understudy command", function () {
  this.timeout(30_000);
  this.slow(5000);
  const folder = temporaryFolder();
  const inputs = (): string => path.join(folder(), "inputs");
  const elsewhere = (): string => path.join(folder(), "elsewhere");

  before(async () => {
    mkdirSync(inputs());
    mkdirSync(elsewhere());
    const write = (name: string, content: string | Buffer): void => {
      writeFileSync(path.join(inputs(), name), content);
    };
    write("broken.yaml", "hosts: [1\nother: }");
    write("binary.yaml", Buffer.from([0, 159, 146, 150, 1, 2, 3]));
    write("wrong.yaml", wrongEnvironment());
    write("empty.yaml", "");
    write("no-key.yaml", signing(path.join(inputs(), "none.pem"), "production"));
    write("no-lab-key.yaml", signing(path.join(inputs(), "none.pem"), "lab"));
    write("wrong-key.yaml", signing(path.join(inputs(), "good.pub.pem"), "production"));
    write("good.pub.pem", testKey().publicPem);
    await writeEvidence(path.join(inputs(), "good.env"), plannedEvidence());
    const good = readFileSync(path.join(inputs(), "good.env"));
    write("truncated.env", good.subarray(0, good.length - 30));
    write("truncated.json", readFileSync(path.join(inputs(), "good.json")));
    write("binary.env", Buffer.from([0x46, 0, 1, 2, 0xff, 0x0a]));
    write("alone.env", good);
  });

  interface Case {
    readonly what: string;
    /** `IN/` stands for the folder of the inputs, `OUT` for an evidence file that is not there. */
    readonly words: readonly string[];
    readonly code: 2 | 3;
    /** Every line on stderr, in order. */
    readonly err: readonly RegExp[];
  }

  const failover = (file: string, ...more: string[]): string[] => [
    ...["failover", "--env-config", file, "--output-file", "OUT", "--execute"],
    ...more,
  ];
  const single = path.join(ENVIRONMENTS, "single_host.yaml");
  const two = path.join(ENVIRONMENTS, "prodlike_multi_host.yaml");
  const correct = /^next: correct the file and run the command again$/;
  const help = (verb: string): RegExp => new RegExp(`^next: understudy ${verb}--help$`);

  const cases: readonly Case[] = [
    {
      what: "an environment file that is not there",
      words: failover("IN/none.yaml"),
      code: 2,
      err: [/^error: .*none\.yaml cannot be read: ENOENT/, correct],
    },
    {
      what: "an environment file that is a folder",
      words: failover("IN/"),
      code: 2,
      err: [/^error: .*inputs\/ cannot be read: EISDIR/, correct],
    },
    {
      what: "malformed YAML",
      words: failover("IN/broken.yaml"),
      code: 2,
      err: [/^error: .*broken\.yaml is not YAML: .* at line \d+, column \d+$/, correct],
    },
    {
      what: "an environment file that is not text",
      words: failover("IN/binary.yaml"),
      code: 2,
      err: [/^error: .*binary\.yaml/, correct],
    },
    {
      what: "an empty environment file",
      words: failover("IN/empty.yaml"),
      code: 2,
      err: [/^error: .*empty\.yaml: \(top\): expected object/, correct],
    },
    {
      what: "several wrong fields, each named",
      words: failover("IN/wrong.yaml"),
      code: 2,
      err: [
        /wrong\.yaml: hosts\.host-a\.docker: an ssh:\/\/ endpoint, .*, not "tcp:\/\/host-a:2375"$/,
        /wrong\.yaml: objectives\.max_failover_seconds: expected number, .*, not "soon"$/,
        /wrong\.yaml: objectives\.max_data_lag_events: is missing, expected number$/,
        /wrong\.yaml: colour: there is no such setting$/,
        correct,
      ],
    },
    {
      what: "a failover of one host",
      words: failover(single),
      code: 3,
      err: [
        /^error: the environment has one host, host-a: there is no standby to take over$/,
        /^next: add a second host to the environment file$/,
      ],
    },
    {
      what: "a host to promote that does not exist",
      words: failover(two, "--to", "host-z"),
      code: 2,
      err: [
        /^error: unknown host "host-z": the environment has host-a, host-b$/,
        /^next: understudy failover --to host-b$/,
      ],
    },
    {
      what: "a signing key that is not there",
      words: failover("IN/no-key.yaml"),
      code: 2,
      err: [
        /^error: evidence\.signing_key_file: .*none\.pem is missing$/,
        /^next: openssl genpkey -algorithm ed25519 -out .*none\.pem, or name another file$/,
      ],
    },
    {
      what: "a lab whose signing key is not there",
      words: failover("IN/no-lab-key.yaml"),
      code: 2,
      err: [/^error: evidence\.signing_key_file: .*none\.pem is missing$/, /^next: understudy lab up$/],
    },
    {
      what: "a signing key that is a public key",
      words: failover("IN/wrong-key.yaml"),
      code: 2,
      err: [/good\.pub\.pem holds no private key in PEM form$/, /^next: openssl genpkey /],
    },
    {
      what: "a drill id with a space",
      words: failover(two, "--drill-id", "a b"),
      code: 2,
      err: [/^error: id: letters, digits, dot/, help("failover ")],
    },
    {
      what: "an output format that does not exist",
      words: failover(two, "--output", "xml"),
      code: 2,
      err: [
        /^error: option '--output <format>' argument 'xml' is invalid\. Allowed choices are text, json\.$/,
        help("failover "),
      ],
    },
    {
      what: "a verb that does not exist",
      words: ["promote"],
      code: 2,
      err: [/^error: unknown command 'promote'/, help("")],
    },
    {
      what: "a verb that is nearly there, with the right one",
      words: ["verifi"],
      code: 2,
      err: [/^error: unknown command 'verifi' \(Did you mean verify\?\)$/, help("")],
    },
    {
      what: "a flag that does not exist",
      words: failover(two, "--forcefully"),
      code: 2,
      err: [/^error: unknown option '--forcefully'/, help("failover ")],
    },
    {
      what: "a flag of a nested verb that does not exist",
      words: ["lab", "status", "--forcefully"],
      code: 2,
      err: [/^error: unknown option '--forcefully'/, help("lab status ")],
    },
    {
      what: "a word too many",
      words: failover(two, "host-b"),
      code: 2,
      err: [/^error: too many arguments for 'failover'/, help("failover ")],
    },
    {
      what: "a release without a host",
      words: ["release"],
      code: 2,
      err: [/^error: missing required argument 'host'$/, help("release ")],
    },
    {
      what: "a release without the operator's word",
      words: ["release", "host-a", "--env-config", two],
      code: 3,
      err: [
        /^error: host-a would start writable without knowing what host-b does: refused$/,
        /^next: understudy release host-a --the-peer-/,
      ],
    },
    {
      what: "a standing probe of no length",
      words: ["probe", "--env-config", two, "--max-minutes", "0"],
      code: 2,
      err: [
        /^error: option '--max-minutes <n>' argument '0' is invalid\. a whole number from 1 to 60 is wanted\.$/,
        help("probe "),
      ],
    },
    {
      what: "a standing probe that is to begin and to end",
      words: ["probe", "--env-config", two, "--stop", "--detach"],
      code: 2,
      err: [/^error: option '--stop' cannot be used with option '--detach'$/, help("probe ")],
    },
    {
      what: "a socket that cannot be one",
      words: ["probe", "--env-config", two, "--socket", `${"long".repeat(30)}.sock`, "--stop"],
      code: 2,
      err: [/^error: .*longlong\.sock is too long for a socket: at most 107 bytes$/, help("probe ")],
    },
    {
      what: "a status of an environment that is not there",
      words: ["status", "--env-config", "IN/none.yaml"],
      code: 2,
      err: [/^error: .*none\.yaml cannot be read/, correct],
    },
    ...[
      ["that is not there", "none.env", /none\.env is missing/],
      ["that is truncated", "truncated.env", /truncated\.env is truncated: its last line has no end/],
      ["that is not text", "binary.env", /binary\.env is not text/],
      ["without its JSON", "alone.env", /alone\.json is missing/],
    ].map(([what, file, reason]): Case => ({
      what: `evidence ${String(what)}`,
      words: ["verify", "--evidence", `IN/${String(file)}`, ...LIMITS],
      code: 2,
      err: [new RegExp(`^UNVERIFIABLE .*${(reason as RegExp).source}; next: understudy failover `)],
    })),
    {
      what: "signed evidence without its signature",
      words: ["verify", "--evidence", "IN/good.env", "--key", "IN/good.pub.pem", ...LIMITS],
      code: 2,
      err: [
        /^UNVERIFIABLE .*good\.sigstore\.json is missing; next: understudy verify .* --bundle FILE\.sigstore\.json$/,
      ],
    },
    {
      what: "a key to verify with that is not there",
      words: ["verify", "--evidence", "IN/good.env", "--key", "IN/none.pem", ...LIMITS],
      code: 2,
      err: [
        /^UNVERIFIABLE --key: .*none\.pem is missing; next: openssl pkey -in PRIVATE\.pem -pubout -out .*none\.pem$/,
      ],
    },
    {
      what: "a verification without limits",
      words: ["verify", "--evidence", "IN/good.env"],
      code: 2,
      err: [
        /^UNVERIFIABLE --max-failover-seconds is missing; --max-data-lag-events is missing; next: understudy verify/,
      ],
    },
  ];

  for (const { what, words, code, err } of cases) {
    it(`exits ${code} and says the next command: ${what}`, async () => {
      const given = words.map((word) =>
        word === "OUT" ? path.join(elsewhere(), "result.env") : word.replace(/^IN\//, `${inputs()}/`),
      );
      const inputsBefore = readdirSync(inputs());
      const run = await understudy(elsewhere(), ...given);
      expect(run.err.join("\n")).to.not.match(/^\s+at /m);
      expect(run.err, run.err.join("\n")).to.have.length(err.length);
      for (const [at, pattern] of err.entries()) expect(run.err[at]).to.match(pattern);
      expect({ code: run.code, out: run.out }).to.deep.equal({ code, out: "" });
      expect(readdirSync(elsewhere()), "nothing is written").to.deep.equal([]);
      expect(readdirSync(inputs())).to.deep.equal(inputsBefore);
    });
  }

  it("is told from good input: the same evidence whole is accepted", async () => {
    const run = await understudy(elsewhere(), "verify", "--evidence", path.join(inputs(), "good.env"), ...LIMITS);
    expect([run.code, run.err]).to.deep.equal([0, []]);
    expect(run.out).to.match(/^ACCEPTED 2026-11-23-a: /);
  });
});
