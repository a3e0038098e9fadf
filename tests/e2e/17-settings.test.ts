import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { connectEngine } from "../../drills/hosts/engine";
import type { LifecycleOutcome } from "../../operator/lifecycle/up-pair";
import type { SettingsShown, ShownSetting } from "../../operator/settings/show-settings";
import { containerName } from "../../settings/names";
import { namedHosts } from "../../settings/pair";
import { STORE_NAMES } from "../../settings/services";
import { good } from "../support/lab-pair";
import { labEnvironment, LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";
import { declareEnvironment } from "../support/lab-with-backups";
import { temporaryFolder } from "../support/temporary-folder";

describe("settings of a running pair", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const file = (): string => path.join(folder(), "settings.yaml");
  const hosts = ["host-a", "host-b"] as const;

  const declare = (sections: object): void => {
    const lab = parse(readFileSync(LAB_ENVIRONMENT, "utf8")) as object;
    writeFileSync(file(), stringify({ ...lab, ...sections }));
  };
  /** When each store's container was made, and when it was started. */
  const containers = async (): Promise<readonly string[]> => {
    const all = await Promise.all(
      namedHosts(labEnvironment()).map(async (host) => {
        const engine = connectEngine(host);
        try {
          return await Promise.all(
            STORE_NAMES.map(async (store) => {
              const { Id: id, State: state } = await engine.docker.getContainer(containerName(store)).inspect();
              return `${host.name} ${store} ${id} ${state.StartedAt}`;
            }),
          );
        } finally {
          engine.close();
        }
      }),
    );
    return all.flat();
  };
  const shown = async (name: string): Promise<ShownSetting> => {
    const { stdout } = good(await understudy("settings", "--env-config", file(), "--output", "json"));
    const { settings } = JSON.parse(stdout) as SettingsShown;
    return settings.find((one) => one.name === name) ?? expect.fail(name);
  };
  const onBoth = (value: string): Record<string, string> => Object.fromEntries(hosts.map((host) => [host, value]));

  before(async () => {
    declare({});
    await declareEnvironment(file());
  });
  after(async () => {
    await declareEnvironment(LAB_ENVIRONMENT);
    good(await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute"));
  });

  it("that a server refuses are told by their field, and nothing changes", async () => {
    const before = await containers();
    declare({ timescaledb: { preload: ["no_such_library"], settings: { no_such_setting: 1 } } });
    const refused = await understudy("up", "--env-config", file(), "--execute");
    expect(refused.code, refused.stderr).to.equal(2);
    for (const host of hosts) {
      expect(refused.stderr).to.contain(`timescaledb.settings.no_such_setting: ${host} refuses it`);
      expect(refused.stderr).to.contain(`timescaledb.preload: no_such_library: ${host} refuses it`);
    }
    expect(await containers()).to.deep.equal(before);
  });

  it("that reload are in force on both hosts, and no container is replaced or started anew", async () => {
    const before = await containers();
    declare({ timescaledb: { settings: { work_mem: "11MB" } }, redis: { settings: { "slowlog-max-len": 77 } } });
    const { stdout } = good(await understudy("up", "--env-config", file(), "--execute", "--output", "json"));
    expect((JSON.parse(stdout) as LifecycleOutcome).settings?.failure).to.equal(null);
    expect(await shown("work_mem")).to.deep.include({
      ...{ value: "11MB", from: "timescaledb.settings.work_mem", takes: "reload", waiting: [] },
      running: onBoth("11MB"),
    });
    expect((await shown("slowlog-max-len")).running).to.deep.equal(onBoth("77"));
    expect(await containers()).to.deep.equal(before);
  });
});
