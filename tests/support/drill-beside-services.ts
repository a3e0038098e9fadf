import * as pulumi from "@pulumi/pulumi";
import { declareDrill, failWith } from "../../drills/drill";
import { parseDrillConfig } from "../../settings/drill-config";
import { loadEnvironment } from "../../settings/load-environment";
import { viewFrom, type Role } from "../../settings/pair";

interface ServiceInputs {
  readonly image: string;
  readonly log: string;
}

const provider: pulumi.dynamic.ResourceProvider = {
  async create({ image, log }: ServiceInputs) {
    /* eslint-disable-next-line @typescript-eslint/no-require-imports -- this function is serialised: imports cannot be captured */
    const { appendFileSync } = require("node:fs") as typeof import("node:fs");
    if (image === "fails") throw new Error("no such image");
    await new Promise((resolve) => setTimeout(resolve, image === "slow" ? 1500 : 0));
    appendFileSync(log, `create ${image} ${Date.now()}\n`);
    return { id: image, outs: { image, log } };
  },
  update(_id, _olds, { image, log }: ServiceInputs) {
    /* eslint-disable-next-line @typescript-eslint/no-require-imports -- this function is serialised: imports cannot be captured */
    const { appendFileSync } = require("node:fs") as typeof import("node:fs");
    appendFileSync(log, `update ${image} ${Date.now()}\n`);
    return Promise.resolve({ outs: { image, log } });
  },
  read(id, props: ServiceInputs) {
    /* eslint-disable-next-line @typescript-eslint/no-require-imports -- this function is serialised: imports cannot be captured */
    const { existsSync } = require("node:fs") as typeof import("node:fs");
    // Without an id the engine takes it for gone.
    return Promise.resolve(existsSync(`${props.log}.${id}-is-gone`) ? {} : { id, props });
  },
  diff(_id, olds: ServiceInputs, news: ServiceInputs) {
    return Promise.resolve({ changes: olds.image !== news.image });
  },
  delete() {
    return Promise.resolve();
  },
};

/** What stands for a service's container: whatever is done to it is noted in a file, with the time. */
class Service extends pulumi.dynamic.Resource {
  constructor(name: string, args: ServiceInputs, opts: pulumi.CustomResourceOptions) {
    super(provider, `${name}-container`, { ...args }, opts, "test", "Service");
  }
}

/** What stands for what a container needs before it starts, and that a state of an earlier version has not. */
class Files extends pulumi.dynamic.Resource {
  constructor(name: string, opts: pulumi.CustomResourceOptions) {
    super({ create: () => Promise.resolve({ id: "files", outs: {} }) }, `${name}-files`, {}, opts, "test", "Files");
  }
}

/** As a service of the pair: a component with its container below it. */
class ServiceComponent extends pulumi.ComponentResource {
  readonly container: Service;

  constructor(name: string, args: ServiceInputs, withFiles: boolean) {
    super("test:index:Service", name, {});
    const files = withFiles ? [new Files(name, { parent: this })] : [];
    this.container = new Service(name, args, { parent: this, dependsOn: files });
    this.registerOutputs({});
  }
}

/**
 * A Pulumi program with the services of `understudy:services`, by name and image, each with what it needs before it
 * starts where `understudy:files` is set, and the drill of its config, whose
 * environment file is gone when its first step looks for it: engine, steps and outputs are the real ones, and no host is
 * asked anything.
 */
export async function drillBesideServices(): Promise<Record<string, unknown>> {
  const config = new pulumi.Config("understudy");
  const environment = loadEnvironment("configs/deploy/environments/prodlike_multi_host.yaml");
  const password = config.require("password");
  const credentials = { postgres: password, replication: password, redis: password, grafana: password };
  const wanted: Record<string, string> = config.requireObject("services");
  const services = Object.entries(wanted).map(
    ([name, image]) =>
      new ServiceComponent(name, { image, log: config.require("log") }, config.getBoolean("files") === true),
  );
  const last = new Service("last", { image: "last", log: config.require("log") }, { dependsOn: services });
  const drill = config.getObject("drill");
  const evidence = await declareDrill(
    {
      environmentFile: "no/such/environment.yaml",
      environment,
      view: viewFrom(environment, "host-b"),
      role: config.require<Role>("role"),
      drill: drill === undefined ? undefined : parseDrillConfig(drill).data,
      credentials,
      secrets: pulumi.secret(credentials),
      applicationUsers: pulumi.secret([]),
      receiverSecrets: pulumi.secret<Record<string, string>>({}),
    },
    { verdict: "agrees" },
    [last],
  );
  failWith(evidence);
  return { services: Object.keys(wanted), ...(evidence === undefined ? {} : { evidence }) };
}
