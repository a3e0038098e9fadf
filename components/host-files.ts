import * as pulumi from "@pulumi/pulumi";
import type { FilesWords, Reload } from "../settings/container-files";
import type { NamedHost } from "../settings/pair";
import type { ContainerName } from "../settings/services";
import type { ServiceFile } from "./config-files";

/** The code that does it, in a folder that this one may not import. */
interface Entry {
  filesEntry(inputs: FilesWords): Promise<FilesWords>;
  filesAnewEntry(olds: FilesWords, inputs: FilesWords): Promise<FilesWords>;
  filesAreThereEntry(olds: FilesWords): Promise<boolean>;
}

/**
 * As with a drill's step: nothing is captured, the code is found in the project's folder. A preview compares what the
 * state has with what is declared, and asks no host. `delete` does nothing: the volume goes by itself.
 */
const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: FilesWords) {
    return { id: `${inputs.host.name}.${inputs.service}.files`, outs: await load().filesEntry(inputs) };
  },
  async update(_id, olds: FilesWords, inputs: FilesWords) {
    return { outs: await load().filesAnewEntry(olds, inputs) };
  },
  async read(id, olds: FilesWords) {
    return { id: (await load().filesAreThereEntry(olds)) ? id : "", props: olds };
  },
  diff(_id, olds: FilesWords, news: FilesWords) {
    // Of a container that is about to be made nobody knows the id yet: then all of them are unknown.
    if (!Array.isArray(news.files)) return Promise.resolve({ changes: true });
    const told = ({ host, image, user, files }: FilesWords): string =>
      JSON.stringify([host.name, image, user, files.map((one) => [one.name, one.content, one.onChange]).sort()]);
    return Promise.resolve({ changes: told(olds) !== told(news) });
  },
  delete() {
    return Promise.resolve();
  },
};

function load(): Entry {
  /* eslint-disable @typescript-eslint/no-require-imports -- this function is serialised: imports cannot be captured */
  const path = require("node:path") as typeof import("node:path");
  const tsx = require("tsx/cjs/api") as { require: (id: string, from: string) => unknown };
  /* eslint-enable @typescript-eslint/no-require-imports */
  const file = path.join(process.cwd(), "drills", "files-entry.ts");
  return tsx.require(file, file) as Entry;
}

/** What the files of one container are made from. */
export interface HostFilesArgs {
  /** The host on which the volume is. */
  readonly self: NamedHost;
  readonly service: ContainerName;
  /** The container's image, whose account the files belong to. */
  readonly image: pulumi.Input<string>;
  readonly user: string;
  readonly files: readonly ServiceFile[];
  readonly reload?: Reload | undefined;
}

/**
 * The passwords, certificates and settings of one container, put into its files volume before it starts, and again when
 * they change. The state has them as a secret.
 */
export class HostFiles extends pulumi.dynamic.Resource {
  constructor(
    name: string,
    { self, service, image, user, files, reload }: HostFilesArgs,
    opts: pulumi.CustomResourceOptions,
  ) {
    const { docker, ssh_config: sshConfig } = self;
    super(
      provider,
      name,
      {
        host: { name: self.name, docker, ...(sshConfig === undefined ? {} : { ssh_config: sshConfig }) },
        service,
        image,
        user,
        files: pulumi.secret([...files]),
        ...(reload === undefined ? {} : { reload }),
      },
      { ...opts, additionalSecretOutputs: ["files"] },
      "understudy",
      "HostFiles",
    );
  }
}
