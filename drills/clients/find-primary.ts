import type { ClientAddress } from "./order";
import { NotConnected } from "./session";

/** A session that was just opened, and whether its server is a primary. */
export interface Opened<S> {
  readonly session: S;
  readonly isPrimary: boolean;
}

/** Looks for the primary among addresses, beginning with the one that was it last. */
export class PrimaryFinder<S extends { close(): void }> {
  #last = 0;

  constructor(
    private readonly addresses: readonly ClientAddress[],
    /** Opens a session and asks for the role. @throws NotConnected */
    private readonly open: (address: ClientAddress) => Promise<Opened<S>>,
  ) {}

  /** @throws NotConnected with the first server's code that was not simply a standby */
  async find(): Promise<S> {
    let code: string | undefined;
    for (let step = 0; step < this.addresses.length; step += 1) {
      const index = (this.#last + step) % this.addresses.length;
      const address = this.addresses[index];
      if (address === undefined) continue;
      try {
        const { session, isPrimary } = await this.open(address);
        if (isPrimary) {
          this.#last = index;
          return session;
        }
        session.close();
      } catch (error) {
        code ??= error instanceof NotConnected ? error.code : "not-connected";
      }
    }
    throw new NotConnected(code ?? "no-primary");
  }
}
