import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { declaredBy, type Declared } from "../unit/components/mocked-engine";
import { secretFile, settingFile } from "../../components/config-files";
import { HostFiles } from "../../components/host-files";
import type { Reload } from "../../settings/container-files";
import type { NamedHost } from "../../settings/pair";
import { STORES_VERSION } from "../../drills/bootstrap/journal";
import { StoreBootstrap } from "../../drills/bootstrap-resource";
import type { DrillRequest } from "../../evidence/drill-request";
import { stepResultSchema } from "../../evidence/document";
import type { StepReturn } from "../../drills/engine/drill-run";
import { StepResource } from "../../drills/step-resource";
import { sampleEnvironment } from "../unit/components/sample";
import { callProvider, modulesOf } from "../support/serialised-provider";

const CREDENTIALS = { postgres: "hush-1", replication: "hush-2", redis: "hush-3", grafana: "hush-4", backup: "hush-4" };
const REQUEST: DrillRequest = {
  id: "d-1",
  mode: "execute",
  kind: "planned",
  nonce: "",
  environmentFile: "no/such/environment.yaml",
  fromHost: "host-a",
  toHost: "host-b",
};
const INPUTS = {
  step: "precheck",
  drillId: "d-1",
  request: JSON.stringify(REQUEST),
  previous: "null",
  credentials: CREDENTIALS,
};

async function only(program: () => pulumi.Resource): Promise<Declared> {
  const [one] = await declaredBy(() => [program()]);
  return one!;
}

function step(request = REQUEST): Promise<Declared> {
  const credentials = pulumi.secret(CREDENTIALS);
  return only(
    () => new StepResource("drill-precheck", { step: "precheck", request, previous: "null", credentials }, {}),
  );
}

function bootstrap(): Promise<Declared> {
  const args = {
    environmentFile: "no/such/environment.yaml",
    host: "host-a",
    role: "primary",
    credentials: CREDENTIALS,
  };
  return only(() => new StoreBootstrap("bootstrap", { ...args, role: "primary" }, {}));
}

const textOf = ({ inputs }: Declared): string => String(inputs["__provider"]);

for (const [name, declare] of [
  ["a drill's step", step],
  ["the stores' bootstrap", bootstrap],
] as const) {
  describe(`the provider of ${name}, as text`, () => {
    let declared: Declared;
    let text: string;
    before(async function () {
      this.timeout(30_000);
      declared = await declare();
      text = textOf(declared);
    });

    it("loads two modules when it runs, and captures none", () => {
      expect(modulesOf(text)).to.deep.equal(["node:path", "tsx/cjs/api"]);
    });

    it("captures no schema and no secret, and is small", () => {
      expect(text).to.not.match(/zod|safeParse|hush-|Symbol\.for|#private/i);
      expect(text.length).to.be.below(8000);
      expect(declared.secretInputs).to.not.include("__provider");
    });

    it("has the passwords among its inputs as a secret, and nowhere else", () => {
      expect(declared.secretInputs).to.deep.equal(["credentials"]);
      const { credentials, ...rest } = declared.inputs;
      expect(credentials).to.deep.equal(CREDENTIALS);
      expect(JSON.stringify(rest)).to.not.include("hush-");
    });

    it("does nothing to delete, whatever it is given", async () => {
      expect(await callProvider(text, "delete", "d-1.precheck", INPUTS)).to.equal(null);
    });
  });
}

describe("the provider of a container's files", function () {
  this.timeout(30_000);
  const INPUTS_OF_FILES = {
    host: { name: "host-a", docker: "ssh://deploy@a.example" },
    ...{ service: "redis", image: "redis:7", user: "redis", reload: { signal: "SIGHUP" } },
    files: [
      { name: "redis", content: "hush-1", onChange: "reload" },
      { name: "redis.conf", content: "port 6379\n", onChange: "replace" },
    ],
  };
  let declared: Declared;
  before(async () => {
    const self: NamedHost = {
      ...{ name: "host-a", stack: "primary", docker: "ssh://deploy@a.example", address: "198.51.100.1" },
      replication_address: "203.0.113.1",
    };
    const files = [secretFile("redis", "hush-1"), settingFile("redis.conf", "port 6379\n")];
    const { service, image, user, reload } = { ...INPUTS_OF_FILES, service: "redis" } as const;
    const args = { self, service, image, user, files, reload: reload as Reload };
    declared = await only(() => new HostFiles("redis-files", args, {}));
  });

  it("as text loads two modules when it runs, and captures nothing", () => {
    const text = textOf(declared);
    expect(modulesOf(text)).to.deep.equal(["node:path", "tsx/cjs/api"]);
    expect(text).to.not.match(/zod|safeParse|hush-|Symbol\.for|#private/i);
    expect(text.length).to.be.below(8000);
  });

  it("has what it puts there among its inputs as a secret, and nowhere else", () => {
    const { files, __provider: text, ...rest } = declared.inputs;
    const { files: wanted, ...others } = INPUTS_OF_FILES;
    expect(declared.secretInputs).to.deep.equal(["files"]);
    expect(files).to.deep.equal(wanted);
    expect(rest).to.deep.equal(others);
    expect(JSON.stringify([text, rest])).to.not.include("hush-");
  });

  it("sees a change of content, image and account, and none of the order or the way to the host", async () => {
    const [password, setting] = INPUTS_OF_FILES.files;
    const differs = (news: object): Promise<unknown> =>
      callProvider(textOf(declared), "diff", "host-a.redis.files", INPUTS_OF_FILES, { ...INPUTS_OF_FILES, ...news });
    const same = { files: [setting, password], host: { name: "host-a", docker: "ssh://other", ssh_config: "x" } };
    expect(await differs(same)).to.deep.equal({ changes: false });
    for (const news of [
      { files: [{ ...password, content: "hush-2" }, setting] },
      { files: [password, { ...setting, onChange: "reload" }] },
      { files: [password] },
      { image: "redis:8" },
      { user: "999" },
    ])
      expect(await differs(news), JSON.stringify(news)).to.deep.equal({ changes: true });
  });

  it("does nothing to delete: the volume goes by itself", async () => {
    expect(await callProvider(textOf(declared), "delete", "host-a.redis.files", INPUTS_OF_FILES)).to.equal(null);
  });
});

describe("the provider of a drill's step, in a bare process", function () {
  this.timeout(30_000);
  let text: string;
  before(async () => {
    text = textOf(await step());
  });

  it("is the same text for every drill: what differs is input", async () => {
    expect(textOf(await step({ ...REQUEST, id: "d-2", nonce: "other" }))).to.equal(text);
  });

  it("sees a change in a new drill id only", async () => {
    const differs = (news: object): Promise<unknown> =>
      callProvider(
        text,
        "diff",
        "d-1.precheck",
        { ...INPUTS, result: "{}", __provider: "old text" },
        { ...INPUTS, ...news },
      );
    expect(await differs({})).to.deep.equal({ changes: false });
    expect(
      await differs({
        request: JSON.stringify({ ...REQUEST, nonce: "other", environmentFile: "other.yaml" }),
        previous: '{"status":"passed","originNs":"1"}',
        credentials: { ...CREDENTIALS, postgres: "hush-9" },
        __provider: "new text",
      }),
    ).to.deep.equal({ changes: false });
    expect(await differs({ drillId: "d-2" })).to.deep.equal({ changes: true });
  });

  it("gives a step that cannot begin as data, with the reason, and no password with it", async () => {
    const created = (await callProvider(text, "create", INPUTS)) as { id: string; outs: Record<string, string> };
    expect(created.id).to.equal("d-1.precheck");
    expect(created.outs).to.have.all.keys("step", "drillId", "result");
    expect(created.outs).to.include({ step: "precheck", drillId: "d-1" });
    const { result } = JSON.parse(created.outs["result"]!) as StepReturn;
    expect(stepResultSchema.parse(result).status).to.equal("failed");
    expect(result.failure?.reason).to.include("no/such/environment.yaml cannot be read");
    expect(JSON.stringify(created)).to.not.include("hush-");
  });

  it("runs the new drill when it is updated", async () => {
    const news = { ...INPUTS, drillId: "d-2", request: JSON.stringify({ ...REQUEST, id: "d-2" }) };
    const updated = (await callProvider(text, "update", "d-1.precheck", INPUTS, news)) as {
      outs: Record<string, string>;
    };
    const { result } = JSON.parse(updated.outs["result"]!) as StepReturn;
    expect([result.drillId, result.status]).to.deep.equal(["d-2", "failed"]);
  });
});

describe("the provider of the stores' bootstrap, in a bare process", function () {
  this.timeout(30_000);
  let text: string;
  before(async () => {
    text = textOf(await bootstrap());
  });

  it("never sees a change: a role that changes later is a drill's business", async () => {
    const olds = { environmentFile: "a.yaml", host: "host-a", role: "primary", credentials: CREDENTIALS };
    const news = { environmentFile: "b.yaml", host: "host-b", role: "standby", credentials: { postgres: "x" } };
    expect(await callProvider(text, "diff", "host-a.stores", olds, news)).to.deep.equal({ changes: false });
  });

  it("sees a newer version of what the stores have of ours, and a state of before as the oldest", async () => {
    const differs = (olds: object, news: object): Promise<unknown> =>
      callProvider(text, "diff", "host-a.stores", { host: "host-a", firstRole: "primary", ...olds }, news);
    expect(await differs({}, { version: 1 })).to.deep.equal({ changes: true });
    expect(await differs({ version: 1 }, { version: 1 })).to.deep.equal({ changes: false });
    expect(await differs({ version: 1 }, { version: 2 })).to.deep.equal({ changes: true });
    expect((await bootstrap()).inputs["version"]).to.equal(STORES_VERSION);
  });

  it("sees doors that the stores do not know yet, once: without their role a door can ask for no client's secret", async () => {
    const differs = (olds: object, news: object): Promise<unknown> =>
      callProvider(text, "diff", "host-a.stores", { version: 3, ...olds }, { version: 3, ...news });
    expect(await differs({}, { doors: true })).to.deep.equal({ changes: true });
    expect(await differs({ doors: true }, { doors: true })).to.deep.equal({ changes: false });
    expect(await differs({ doors: true }, { doors: false })).to.deep.equal({ changes: false });
    expect(await differs({}, { doors: false })).to.deep.equal({ changes: false });
  });

  it("keeps the first role and the version when it cannot bring a host forward now: the next up tries again", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "understudy-test-"));
    const environmentFile = path.join(folder, "environment.yaml");
    const ports = { ...sampleEnvironment(1).ports, postgres: 1 };
    const local = { ...sampleEnvironment(1).hosts["host-a"], address: "127.0.0.1" };
    writeFileSync(environmentFile, JSON.stringify({ ...sampleEnvironment(1, { ports }), hosts: { "host-a": local } }));
    const olds = { host: "host-a", firstRole: "primary", result: "told" };
    const news = { environmentFile, host: "host-a", role: "standby", credentials: CREDENTIALS, version: 1 };
    const updated = await callProvider(text, "update", "host-a.stores", olds, news);
    rmSync(folder, { recursive: true });
    expect(updated).to.deep.equal({ outs: { ...olds, version: 0 } });
  });

  it("fails to create when its environment cannot be read: a host without its first role is no success", async () => {
    const inputs = { environmentFile: "no/such.yaml", host: "host-a", role: "primary", credentials: CREDENTIALS };
    const failure = (await callProvider(text, "create", inputs).catch((error: unknown) => error)) as Error;
    expect(failure.message).to.include("no/such.yaml cannot be read");
    expect(failure.message).to.not.include("unhandled");
  });
});
