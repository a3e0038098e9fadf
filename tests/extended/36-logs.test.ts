import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { sendJson } from "../../drills/hosts/http";
import { runInContainer } from "../../drills/hosts/run-in-container";
import { HOST_A, HOST_B, LAB_HOSTS, type LabHost } from "../../lab/host/layout";
import { containerName } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { declareEnvironment } from "../support/lab-with-backups";
import { LAB_ENVIRONMENT, labEnvironment, understudy } from "../support/lab-stacks";
import { untilAllWell } from "../support/until-all-well";

interface Read {
  readonly text: string;
  readonly under: Readonly<Record<string, string>>;
}

const WITH_A_WORD = /understudy-canary-line \d+$/;

/** After `lab up` with the program of `toolchain/setup.sh --only collector`. */
describe("log lines over a switchover, on the lab", function () {
  this.timeout(900_000);
  let folder: string;
  let file: string;
  let ended = false;
  let count = 0;
  let writer: Promise<void> | undefined;
  const began = Date.now();

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "logs-"));
    file = path.join(folder, "environment.yaml");
    const lab = parse(readFileSync(LAB_ENVIRONMENT, "utf8")) as object;
    const roots = Object.fromEntries(LAB_HOSTS.map(({ name, dataRoot }) => [name, dataRoot]));
    writeFileSync(file, stringify({ ...lab, agent: {}, logs: { data_roots: roots } }));
    await declareEnvironment(file);
    const { code, stderr } = await understudy("up", "--env-config", file, "--execute");
    expect(code, stderr).to.equal(0);
    await untilAllWell();
  });
  after(async () => {
    ended = true;
    await writer?.catch(() => undefined);
    await declareEnvironment(LAB_ENVIRONMENT);
    await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute");
    rmSync(folder, { recursive: true, force: true });
  });

  /** One numbered line every 50 ms on the log of a container that the switchover does not stop. */
  async function write(host: LabHost): Promise<void> {
    const engine = connectEngine(viewFrom(labEnvironment(), host.name).self);
    try {
      while (!ended) {
        const words = Array.from({ length: 20 }, () => `understudy-canary-line ${String((count += 1))}`).join(" ");
        const script = `for word in ${words.replaceAll("understudy-canary-line ", "")}; do echo "understudy-canary-line $word" >/proc/1/fd/1; sleep 0.05; done`;
        await runInContainer(engine.docker, containerName("alertmanager"), ["sh", "-c", script]);
      }
    } finally {
      engine.close();
    }
  }

  async function read(host: LabHost, query: string): Promise<readonly Read[]> {
    const { self } = viewFrom(labEnvironment(), host.name);
    const words = new URLSearchParams({
      ...{ query, limit: "5000", start: String(BigInt(began) * 1_000_000n) },
      end: String(BigInt(Date.now() + 60_000) * 1_000_000n),
    });
    const answer = (await sendJson({
      ...{ host: self, port: labEnvironment().ports.loki, timeoutMs: 20_000 },
      path: `/loki/api/v1/query_range?${words.toString()}`,
    })) as { data: { result: readonly { stream: Record<string, string>; values: readonly [string, string][] }[] } };
    return answer.data.result.flatMap(({ stream, values }) => values.map(([, text]) => ({ text, under: stream })));
  }

  it("are all there after a switchover, each once, in both Lokis", async () => {
    writer = write(HOST_A);
    const output = path.join(folder, "failover_result.env");
    const drill = ["switchover", "--env-config", file, "--execute", "--output-file", output, "--drill-id", "logs-1"];
    const { code, stderr } = await understudy(...drill);
    expect(code, stderr).to.equal(0);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    ended = true;
    await writer;
    for (const host of LAB_HOSTS) {
      const asked = async (): Promise<readonly Read[]> =>
        (await read(host, '{host="host-a", service="alertmanager"}')).filter(({ text }) => WITH_A_WORD.test(text));
      const { reading } = await pollUntil(asked, (found) => found.length >= count, {
        ...{ deadlineMs: 120_000, pauseMs: 2000 },
      });
      const numbers = reading.map(({ text }) => Number(text.split(" ").at(-1))).sort((one, other) => one - other);
      expect(numbers, host.name).to.deep.equal(Array.from({ length: count }, (_, at) => at + 1));
      const roles = new Set(reading.map(({ under }) => under["role"]));
      expect([...roles], host.name).to.include.members(["primary", "standby"]);
    }
  });

  it("of the verb are read back by the drill's id, with its exit code, from the new primary", async () => {
    const found = await read(HOST_B, '{service="understudy"} | drill="logs-1"');
    expect(found.map(({ text }) => text)).to.include("switchover ended with exit code 0");
    expect(found.length).to.be.greaterThan(5);
  });

  it("of every container are there, under its name", async () => {
    for (const service of ["redis", "timescaledb", "prometheus", "loki", "tempo", "grafana"])
      expect(await read(HOST_B, `{host="host-b", service="${service}"}`), service).to.have.length.greaterThan(0);
  });

  it("go back with the roles", async () => {
    const output = path.join(folder, "back.env");
    const { code, stderr } = await understudy("switchover", "--env-config", file, "--execute", "--output-file", output);
    expect(code, stderr).to.equal(0);
  });
});
