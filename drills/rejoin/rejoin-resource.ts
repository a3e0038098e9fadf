import * as pulumi from "@pulumi/pulumi";
import type { Credentials } from "../../settings/credentials";

interface RejoinInputs {
  readonly environmentFile: string;
  readonly host: string;
  readonly needed: boolean;
  readonly credentials: Credentials;
}

/** As with the step resource: nothing is captured, the code is found in the project's folder. It acts whenever it is needed. */
const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: RejoinInputs) {
    return { id: `${inputs.host}.rejoin`, outs: { host: inputs.host, ...(await enter(inputs)) } };
  },
  async update(_id, olds: { report: string }, inputs: RejoinInputs) {
    return { outs: { host: inputs.host, report: olds.report, ...(await enter(inputs)) } };
  },
  diff(_id, _olds, news: RejoinInputs) {
    return Promise.resolve({ changes: news.needed });
  },
  delete() {
    return Promise.resolve();
  },
};

function enter(inputs: RejoinInputs): Promise<object> {
  if (!inputs.needed) return Promise.resolve({});
  /* eslint-disable @typescript-eslint/no-require-imports -- this function is serialised: imports cannot be captured */
  const path = require("node:path") as typeof import("node:path");
  const tsx = require("tsx/cjs/api") as { require: (id: string, from: string) => unknown };
  /* eslint-enable @typescript-eslint/no-require-imports */
  const file = path.join(process.cwd(), "drills", "rejoin", "rejoin-entry.ts");
  const { rejoinEntry } = tsx.require(file, file) as typeof import("./rejoin-entry");
  return rejoinEntry(inputs);
}

/** Brings a host back that is declared standby, whose stores do not follow, and whose peer is primary: as `understudy rejoin` does. */
export class Rejoin extends pulumi.dynamic.Resource {
  /** Evidence of the last return as JSON; undefined when there was none. */
  declare public readonly report: pulumi.Output<string | undefined>;

  constructor(
    name: string,
    args: { environmentFile: string; host: string; needed: boolean; credentials: pulumi.Input<Credentials> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(
      provider,
      name,
      { ...args, credentials: pulumi.secret(args.credentials), report: undefined },
      opts,
      "understudy",
      "Rejoin",
    );
  }
}
