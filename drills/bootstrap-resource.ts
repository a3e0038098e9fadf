import * as pulumi from "@pulumi/pulumi";
import type { Credentials } from "../settings/credentials";
import type { Role } from "../settings/pair";
import type { PairIdentity } from "../settings/pair-identity";

interface BootstrapInputs {
  readonly environmentFile: string;
  readonly host: string;
  readonly role: Role;
  readonly identity?: PairIdentity | undefined;
  readonly credentials: Credentials;
}

/** As with the step resource: nothing is captured, the code is found in the project's folder. It acts once and never again. */
const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: BootstrapInputs) {
    /* eslint-disable @typescript-eslint/no-require-imports -- this function is serialised: imports cannot be captured */
    const path = require("node:path") as typeof import("node:path");
    const tsx = require("tsx/cjs/api") as { require: (id: string, from: string) => unknown };
    /* eslint-enable @typescript-eslint/no-require-imports */
    const file = path.join(process.cwd(), "drills", "bootstrap-entry.ts");
    const { bootstrapEntry } = tsx.require(file, file) as typeof import("./bootstrap-entry");
    return { id: `${inputs.host}.stores`, outs: await bootstrapEntry(inputs) };
  },
  diff() {
    return Promise.resolve({ changes: false });
  },
  delete() {
    return Promise.resolve();
  },
};

/** Gives the empty stores of a new host their first role. A role that changes later is a drill's business, never this one's. */
export class StoreBootstrap extends pulumi.dynamic.Resource {
  /** Role the stores were given when they were empty. */
  declare public readonly firstRole: pulumi.Output<Role>;

  constructor(
    name: string,
    args: Omit<BootstrapInputs, "credentials"> & { readonly credentials: pulumi.Input<Credentials> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(
      provider,
      name,
      { ...args, credentials: pulumi.secret(args.credentials), firstRole: undefined },
      opts,
      "understudy",
      "StoreBootstrap",
    );
  }
}
