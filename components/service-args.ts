import type { Environment } from "../settings/environment";
import type { HostView } from "../settings/pair";
import type { Host } from "./host";

/**
 * What every service component is told. There is no role among it: a container is declared the same on the primary
 * and on the standby, and the role lives in the store's data directory.
 */
export interface ServiceArgs {
  readonly environment: Environment;
  /** The host the service stands on, and its peer if there is one. */
  readonly view: HostView;
  /** Where the containers go. */
  readonly host: Host;
  /**
   * Image reference. `name@sha256:…` is used as it is; a tag is resolved when the image is first pulled, and stays.
   * @example "prom/prometheus@sha256:…"
   */
  readonly image: string;
}
