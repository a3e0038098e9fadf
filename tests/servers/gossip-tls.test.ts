import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { trustBundle } from "../../settings/certificates/clients";
import { issueLeaf, makeAuthority } from "../../settings/certificates/issue";
import { rootOf } from "../../operator/certificates/exchange";
import type { Authority } from "../../settings/certificates/stored";
import { freePort } from "../support/free-port";
import { serverLeaf } from "../support/issued";
import { spawnAlertmanager } from "../support/real-alertmanager";
import { temporaryFolder } from "../support/temporary-folder";
import { hasEnded } from "../support/has-ended";

const CONFIGS = path.resolve(__dirname, "../../configs/alertmanager");

/** Two real Alertmanagers with the product's configuration of the gossip's encryption. */
describe("the gossip of two Alertmanagers over TLS", function () {
  this.timeout(60_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  const running: ChildProcess[] = [];
  let ports: readonly [number, number];
  let webs: readonly [number, number];

  before(async () => {
    ports = [await freePort(), await freePort()];
    webs = [await freePort(), await freePort()];
  });
  afterEach(async () => {
    for (const one of running.splice(0)) {
      if (hasEnded(one)) continue;
      const ended = new Promise((resolve) => one.once("exit", resolve));
      one.kill("SIGTERM");
      await ended;
    }
  });

  async function start(which: 0 | 1, name: string, authority: Authority): Promise<void> {
    const at = path.join(folder(), name);
    mkdirSync(at);
    const now = Date.now();
    const server = await issueLeaf(serverLeaf("127.0.0.1"), authority, now);
    const client = await issueLeaf(
      { name: "understudy-front", use: "client", commonName: "understudy-front", names: [] },
      authority,
      now,
    );
    const files = {
      trust_file: trustBundle({ trust: [rootOf(authority)] }),
      ...{ server_file: server.certificate, server_key_file: server.key },
      ...{ client_file: client.certificate, client_key_file: client.key },
    };
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(at, file), text, { mode: 0o600 });
    const template = readFileSync(path.join(CONFIGS, "gossip-tls.yml"), "utf8");
    writeFileSync(
      path.join(at, "tls.yml"),
      template.replace(/\$\{(\w+)\}/g, (_, one: string) => path.join(at, one)),
    );
    const words = [
      `--config.file=${path.join(CONFIGS, "alertmanager.yml")}`,
      `--storage.path=${path.join(at, "data")}`,
      `--web.listen-address=127.0.0.1:${webs[which]}`,
      `--cluster.listen-address=127.0.0.1:${ports[which]}`,
      `--cluster.peer=127.0.0.1:${ports[which === 0 ? 1 : 0]}`,
      "--cluster.reconnect-interval=1s",
      `--cluster.tls-config=${path.join(at, "tls.yml")}`,
    ];
    const child = spawnAlertmanager(words);
    for (const stream of [child.stdout, child.stderr]) stream.resume();
    running.push(child);
  }
  const peers = (which: 0 | 1) => async (): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${webs[which]}/api/v2/status`).catch(() => undefined);
    const status = (await answer?.json()) as { cluster?: { peers?: readonly unknown[] } } | undefined;
    return status?.cluster?.peers?.length ?? 0;
  };

  it("makes one cluster of two that have certificates of the same pair", async () => {
    const authority = await makeAuthority("sample", Date.now());
    await start(0, "a", authority);
    await start(1, "b", authority);
    for (const which of [0, 1] as const) {
      const { reading } = await pollUntil(peers(which), (one) => one === 2, { deadlineMs: 20_000, pauseMs: 250 });
      expect(reading).to.equal(2);
    }
  });

  it("leaves one of another CA outside", async () => {
    await start(0, "c", await makeAuthority("sample", Date.now()));
    await start(1, "d", await makeAuthority("stranger", Date.now()));
    for (const which of [0, 1] as const) {
      const { reading } = await pollUntil(peers(which), (one) => one > 0, { deadlineMs: 20_000, pauseMs: 250 });
      expect(reading).to.equal(1);
    }
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect([await peers(0)(), await peers(1)()]).to.deep.equal([1, 1]);
  });
});
