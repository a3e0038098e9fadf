import { expect } from "chai";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyCommand, type VerifyEdges } from "../../../../cli/verify";
import { stackEvidence } from "../../../../evidence/stack-output";
import { writeEvidence } from "../../../../evidence/write-evidence";
import { testKey } from "../../../support/signed-evidence";
import { storesOnlyEvidence } from "../../../support/stores-only-cases";
import {
  dryRunEvidence,
  failedEvidence,
  plannedEvidence,
  timestampAt,
  unplannedEvidence,
} from "../../../support/valid-evidence";

interface Outcome {
  code: number | undefined;
  out: string;
  err: string;
}

async function run(args: readonly string[], edges: Partial<VerifyEdges> = {}): Promise<Outcome> {
  const outcome: Outcome = { code: undefined, out: "", err: "" };
  const command = verifyCommand({
    readStack: () => Promise.reject(new Error("no stack is to be read")),
    exportStack: () => Promise.reject(new Error("no state is to be read")),
    out: (text) => (outcome.out += text),
    err: (text) => (outcome.err += text),
    setExitCode: (code) => (outcome.code = code),
    now: () => new Date(timestampAt(60_000)),
    ...edges,
  });
  await command.parseAsync(args, { from: "user" });
  return outcome;
}

const readPlanned = (): Promise<string> => Promise.resolve(JSON.stringify(stackEvidence(plannedEvidence())));

/** A stack's state with these pending operations; `asked` is told who was asked. */
function readStateOf(asked: string[], pending: readonly object[]): (stack: string) => Promise<string> {
  return (stack) => {
    asked.push(`state of ${stack}`);
    return Promise.resolve(JSON.stringify({ version: 3, deployment: { pending_operations: pending } }));
  };
}

const LIMITS = ["--max-failover-seconds", "60", "--max-data-lag-events", "0"];

describe("understudy verify", () => {
  let folder: string;
  let envPath: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "understudy-verify-"));
    envPath = join(folder, "planned.env");
    await writeEvidence(envPath, plannedEvidence());
    await writeEvidence(join(folder, "dry.env"), dryRunEvidence());
    await writeEvidence(join(folder, "failed.env"), failedEvidence("demote-primary"));
    await writeEvidence(join(folder, "unplanned.env"), unplannedEvidence());
    await writeEvidence(join(folder, "stores.env"), storesOnlyEvidence());
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("accepts with exit code 0 and one line on stdout", async () => {
    const { code, out, err } = await run(["--evidence", envPath, ...LIMITS]);
    expect({ code, err }).to.deep.equal({ code: 0, err: "" });
    expect(out).to.match(
      /^ACCEPTED 2026-11-23-a: planned execute host-a -> host-b, took 4\.000 s, outage 0\.280 s, .*\n$/,
    );
  });

  it("refuses with exit code 1 and one line for each violation, with key, value and limit", async () => {
    const { code, out } = await run(["--evidence", join(folder, "unplanned.env"), ...LIMITS, "--nonce", "other"]);
    expect(code).to.equal(1);
    expect(out).to.equal(
      "REFUSED expected-nonce FAILOVER_NONCE=gate-7 limit: other\n" +
        "REFUSED max-data-lag-events DATA_SYNC_LAG_EVENTS=2 limit: at most 0\n",
    );
  });

  it("refuses a drill of the two stores only unless that is asked for, and says what it was", async () => {
    const stores = ["--evidence", join(folder, "stores.env"), ...LIMITS];
    expect((await run(stores)).out).to.equal(
      "REFUSED expected-services document.drill.storesOnly=true limit: absent: a drill of every service, unless --stores-only is asked for\n",
    );
    const { code, out } = await run([...stores, "--stores-only"]);
    expect(code).to.equal(0);
    expect(out).to.match(
      /^ACCEPTED \S+: planned execute host-a -> host-b, the two stores only: prometheus, alertmanager, loki, tempo, grafana were neither asked nor copied; took /,
    );
    const json = await run([...stores, "--stores-only", "--output", "json"]);
    expect(JSON.parse(json.out)).to.deep.include({
      storesOnly: ["prometheus", "alertmanager", "loki", "tempo", "grafana"],
    });
  });

  it("refuses a dry run unless a dry run is asked for", async () => {
    const path = join(folder, "dry.env");
    expect((await run(["--evidence", path, ...LIMITS])).out).to.equal(
      "REFUSED expected-mode FAILOVER_MODE=dry-run limit: execute\n",
    );
    expect((await run(["--evidence", path, "--mode", "dry-run", ...LIMITS])).code).to.equal(0);
  });

  it("refuses evidence that is too old by the clock it is given", async () => {
    expect((await run(["--evidence", envPath, ...LIMITS, "--max-age-seconds", "56"])).code).to.equal(0);
    const { code, out } = await run(["--evidence", envPath, ...LIMITS, "--max-age-seconds", "55"]);
    expect(code).to.equal(1);
    expect(out).to.match(/^REFUSED max-age-seconds FAILOVER_FINISHED_AT=/);
  });

  it("prints JSON for machines, with the violations and the exit code", async () => {
    const { code, out } = await run(["--evidence", join(folder, "failed.env"), ...LIMITS, "--output", "json"]);
    expect(code).to.equal(1);
    const verdict = JSON.parse(out) as Record<string, unknown>;
    expect(verdict).to.include({ verdict: "refused", exitCode: 1 });
    expect(verdict).to.have.nested.property("violations[0].rule", "drill-succeeded");
  });

  it("calls a missing file unverifiable: exit code 2, one line on stderr with the next command", async () => {
    const { code, out, err } = await run(["--evidence", join(folder, "none.env"), ...LIMITS]);
    expect({ code, out }).to.deep.equal({ code: 2, out: "" });
    expect(err).to.match(/^UNVERIFIABLE .*none\.env is missing; next: understudy failover .*none\.env\n$/);
  });

  it("prints JSON on stdout also when nothing could be verified", async () => {
    const { code, out } = await run(["--evidence", join(folder, "none.env"), ...LIMITS, "--output", "json"]);
    expect(code).to.equal(2);
    expect(JSON.parse(out)).to.include({ verdict: "unverifiable", exitCode: 2 });
  });

  it("reads a stack's output", async () => {
    const asked: string[] = [];
    const readStack = (stack: string): Promise<string> => {
      asked.push(stack);
      return Promise.resolve(JSON.stringify(stackEvidence(plannedEvidence())));
    };
    const exportStack = readStateOf(asked, []);
    expect((await run(["--stack", "standby", ...LIMITS], { readStack, exportStack })).code).to.equal(0);
    expect(asked).to.deep.equal(["standby", "state of standby"]);
  });

  it("refuses evidence of a stack on which something is pending, and names each by its URN", async () => {
    const exportStack = readStateOf(
      [],
      [
        { resource: { urn: "urn:pulumi:standby::understudy::x::drill-verify" }, type: "creating" },
        { resource: { urn: "urn:pulumi:standby::understudy::x::redis" }, type: "updating" },
      ],
    );
    const { code, out } = await run(["--stack", "standby", ...LIMITS], { readStack: readPlanned, exportStack });
    expect(code).to.equal(1);
    expect(out.trimEnd().split("\n")).to.deep.equal([
      "REFUSED no-pending-operations pending_operations[0]=urn:pulumi:standby::understudy::x::drill-verify limit: none; pulumi was interrupted while creating it, or is at work now",
      "REFUSED no-pending-operations pending_operations[1]=urn:pulumi:standby::understudy::x::redis limit: none; pulumi was interrupted while updating it, or is at work now",
    ]);
  });

  for (const [what, exportStack] of [
    ["cannot be exported", () => Promise.reject(new Error("the backend is away"))],
    ["is no state", () => Promise.resolve("[]")],
  ] as const) {
    it(`calls evidence unverifiable when the stack's state ${what}: unknown is not none`, async () => {
      const { code, err } = await run(["--stack", "standby", ...LIMITS], { readStack: readPlanned, exportStack });
      expect(code).to.equal(2);
      expect(err).to.match(
        /^UNVERIFIABLE the state of stack standby cannot be read: .*next: pulumi -s standby stack export\n$/,
      );
    });
  }

  it("accepts a nonce only from evidence that carries it, and never from a dry run", async () => {
    const nonce = (text: string, file = envPath): Promise<Outcome> =>
      run(["--evidence", file, ...LIMITS, "--nonce", text]);
    expect((await nonce("gate-7")).code).to.equal(0);
    expect((await nonce("gate-8")).out).to.equal("REFUSED expected-nonce FAILOVER_NONCE=gate-7 limit: gate-8\n");
    expect((await nonce("gate-7", join(folder, "dry.env"))).out).to.equal(
      "REFUSED expected-mode FAILOVER_MODE=dry-run limit: execute\n",
    );
  });

  it("refuses a nonce that was written into old evidence, keys, document and checksum", async () => {
    const path = join(folder, "restamped.env");
    const document = plannedEvidence();
    document.drill.nonce = "gate-8";
    await writeEvidence(path, document);
    const { code, out } = await run(["--evidence", path, ...LIMITS, "--nonce", "gate-8"]);
    expect(code).to.equal(1);
    expect(out).to.match(/^REFUSED facts-of-this-run document\.steps\[4\]\.factsSha256=[0-9a-f]{64} limit: .*\n$/);
  });

  it("calls a stack that cannot be read unverifiable, with the reason", async () => {
    const { code, err } = await run(["--stack", "standby", ...LIMITS]);
    expect(code).to.equal(2);
    expect(err).to.match(/stack standby cannot be read: no stack is to be read; next: pulumi -s standby stack output/);
  });

  describe("with a key", () => {
    const key = testKey();
    let signed: string;
    const file = (name: string): string => join(folder, name);
    before(async () => {
      signed = file("signed.env");
      await writeEvidence(signed, plannedEvidence(), key.signing);
      await writeEvidence(file("signed-dry.env"), dryRunEvidence(), key.signing);
      await writeFile(file("key.pub.pem"), key.publicPem);
      await writeFile(file("key.pem"), key.pem);
      await writeFile(file("other.pub.pem"), testKey().publicPem);
      await writeFile(file("cut.sigstore.json"), (await readFile(file("signed.sigstore.json"))).subarray(0, 900));
    });
    const verify = (evidence: string, ...more: string[]): Promise<Outcome> =>
      run(["--evidence", evidence, ...LIMITS, ...more]);
    const trusted = (): string[] => ["--key", file("key.pub.pem")];

    it("accepts evidence whose signature lies beside it", async () => {
      const { code, out } = await verify(signed, ...trusted());
      expect(code).to.equal(0);
      expect(out).to.match(/^ACCEPTED .* rules met, signed with a lab key\n$/);
      const json = await verify(signed, ...trusted(), "--output", "json");
      expect(JSON.parse(json.out)).to.have.nested.property("signature.keySha256", key.signing.fingerprint);
    });

    it("accepts evidence that lies here under another name, with the signature that is named", async () => {
      await writeEvidence(file("archived.env"), plannedEvidence());
      const bundle = ["--bundle", file("signed.sigstore.json")];
      expect((await verify(file("archived.env"), ...trusted(), ...bundle)).code).to.equal(0);
    });

    it("refuses the wrong key by name", async () => {
      const { code, out } = await verify(signed, "--key", file("other.pub.pem"));
      expect(code).to.equal(1);
      expect(out).to.match(
        /^REFUSED bundle-key .*\nREFUSED signature bundle\.dsseEnvelope\.signatures\[0\]\.sig=.*\n$/,
      );
    });

    it("refuses an edited file by name, with both digests", async () => {
      await writeFile(file("edited.env"), (await readFile(signed, "utf8")).replace("gate-7", "gate-8"));
      await writeFile(file("edited.json"), await readFile(file("signed.json")));
      const bundle = ["--bundle", file("signed.sigstore.json")];
      const { code, out } = await verify(file("edited.env"), ...trusted(), ...bundle);
      expect(code).to.equal(1);
      expect(out).to.match(/^REFUSED subject-digest signed\.env=[0-9a-f]{64} limit: [0-9a-f]{64}, the sha256 that was/);
    });

    it("refuses another drill's signature by name", async () => {
      const { code, out } = await verify(signed, ...trusted(), "--bundle", file("signed-dry.sigstore.json"));
      expect(code).to.equal(1);
      expect(out).to.match(/^REFUSED subject-digest signed-dry\.env=/);
      expect(out).to.include(
        'REFUSED statement-agrees statement.predicate.configuration[0].annotations.mode=dry-run limit: "execute", as the evidence says\n',
      );
    });

    it("enters a ledger only when the signature holds too, and accepts it once", async () => {
      const once = ["--seen-file", file("ledger")];
      expect((await verify(signed, ...trusted(), "--bundle", file("signed-dry.sigstore.json"), ...once)).code).to.equal(
        1,
      );
      expect((await verify(signed, ...trusted(), ...once)).code).to.equal(0);
      const { code, out } = await verify(signed, ...trusted(), ...once);
      expect(code).to.equal(1);
      expect(out).to.match(
        /^REFUSED not-accepted-before FAILOVER_EVIDENCE_SHA256=[0-9a-f]{64} limit: not the one accepted at /,
      );
    });

    it("verifies a stack's output by the bundle of its drill", async () => {
      const edges = { readStack: readPlanned, exportStack: readStateOf([], []) };
      const words = ["--stack", "standby", ...LIMITS, ...trusted()];
      expect((await run([...words, "--bundle", file("signed.sigstore.json")], edges)).code).to.equal(0);
      expect((await run([...words, "--bundle", file("signed-dry.sigstore.json")], edges)).code).to.equal(1);
      const { code, err } = await run(words, edges);
      expect(code).to.equal(2);
      expect(err).to.include("--key with --stack needs the signature: --bundle FILE");
    });

    const unverifiable: [string, () => string[], RegExp][] = [
      ["no such key", () => ["--key", file("none.pem")], /--key: .*none\.pem is missing; next: openssl pkey/],
      [
        "a private key",
        () => ["--key", file("key.pem")],
        /key\.pem is a private key: whoever verifies must not have it/,
      ],
      [
        "no such bundle",
        () => [...trusted(), "--bundle", file("none.json")],
        /none\.json is missing; next: understudy/,
      ],
      ["a bundle cut off", () => [...trusted(), "--bundle", file("cut.sigstore.json")], /is truncated or not JSON/],
      ["a bundle without a key", () => ["--bundle", file("signed.sigstore.json")], /--bundle needs the key/],
    ];
    for (const [what, words, reason] of unverifiable) {
      it(`verifies nothing with ${what}: exit code 2, with the next command`, async () => {
        const { code, out, err } = await verify(signed, ...words());
        expect({ code, out }).to.deep.equal({ code: 2, out: "" });
        expect(err)
          .to.match(reason)
          .and.to.match(/; next: \S/);
      });
    }
  });

  const misuse: [string, string[], RegExp][] = [
    ["neither file nor stack", LIMITS, /--evidence FILE or --stack NAME/],
    ["both file and stack", ["--evidence", "x.env", "--stack", "y", ...LIMITS], /--evidence FILE or --stack NAME/],
    ["no thresholds", ["--evidence", "x.env"], /--max-failover-seconds is missing; --max-data-lag-events is missing/],
    ["a threshold that is no number", ["--evidence", "x.env", ...LIMITS.with(1, "soon")], /="soon" is not a number/],
    ["a negative threshold", ["--evidence", "x.env", ...LIMITS.with(3, "-1")], /="-1" is not a number/],
    ["an infinite threshold", ["--evidence", "x.env", ...LIMITS.with(1, "Infinity")], /="Infinity" is not a number/],
    ["an empty nonce", ["--evidence", "x.env", ...LIMITS, "--nonce", ""], /--nonce must be/],
  ];
  for (const [what, args, reason] of misuse) {
    it(`takes ${what} for bad usage: exit code 2, with the next command`, async () => {
      const { code, out, err } = await run(args);
      expect({ code, out }).to.deep.equal({ code: 2, out: "" });
      expect(err).to.match(reason).and.to.include("next: understudy verify --evidence");
    });
  }
});
