import type { NamedHost } from "./pair";
import type { ContainerName } from "./services";

/** How a running container takes new files: by a signal to its first process, or by a command in it that prints no secret. */
export type Reload = { readonly signal: "SIGHUP" } | { readonly command: readonly string[] };

/** What the resource that puts a container's files on its host is told. */
export interface FilesWords {
  readonly host: Pick<NamedHost, "name" | "docker" | "ssh_config">;
  readonly service: ContainerName;
  readonly image: string;
  readonly user: string;
  readonly files: readonly {
    readonly name: string;
    readonly content: string;
    readonly onChange: "reload" | "replace";
    /** The part of it that replaces the container when it changes; all of it where this is absent. */
    readonly counted?: string;
  }[];
  readonly reload?: Reload | undefined;
}
