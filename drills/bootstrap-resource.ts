import * as pulumi from "@pulumi/pulumi";
import type { Credentials } from "../settings/credentials";
import type { Role } from "../settings/pair";
import { STORES_VERSION } from "./bootstrap/journal";
import type { PairIdentity } from "../settings/pair-identity";

interface BootstrapInputs {
  readonly environmentFile: string;
  readonly host: string;
  readonly role: Role;
  readonly identity?: PairIdentity | undefined;
  readonly credentials: Credentials;
  /** What the program wants the stores to have of ours; absent in the state of older versions. */
  readonly version?: number;
  /** Whether the pair has doors, whose role the primary's PostgreSQL must know before they let a client in. */
  readonly doors?: boolean;
}

/**
 * As with the step resource: nothing is captured, the code is found in the project's folder. It gives the stores
 * their first role once and never again; a newer version of what they have of ours is brought to them by an update.
 */
const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: BootstrapInputs) {
    return { id: `${inputs.host}.stores`, outs: await load().bootstrapEntry(inputs) };
  },
  async update(_id, olds: object, inputs: BootstrapInputs) {
    return { outs: await load().forwardEntry(olds, inputs) };
  },
  diff(_id, olds: { version?: number; doors?: boolean }, news: BootstrapInputs) {
    const lacksDoors = news.doors === true && olds.doors !== true;
    return Promise.resolve({ changes: (olds.version ?? 0) !== (news.version ?? 0) || lacksDoors });
  },
  delete() {
    return Promise.resolve();
  },
};

function load(): typeof import("./bootstrap-entry") {
  /* eslint-disable @typescript-eslint/no-require-imports -- this function is serialised: imports cannot be captured */
  const path = require("node:path") as typeof import("node:path");
  const tsx = require("tsx/cjs/api") as { require: (id: string, from: string) => unknown };
  /* eslint-enable @typescript-eslint/no-require-imports */
  const file = path.join(process.cwd(), "drills", "bootstrap-entry.ts");
  return tsx.require(file, file) as typeof import("./bootstrap-entry");
}

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
      { ...args, version: STORES_VERSION, credentials: pulumi.secret(args.credentials), firstRole: undefined },
      opts,
      "understudy",
      "StoreBootstrap",
    );
  }
}
