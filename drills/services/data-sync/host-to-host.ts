import { makeOneTime } from "../../../settings/certificates/issue";
import type { Carrier } from "./carrier";
import { PIECE_MS, type Way } from "./route";

/** Port on which the sync container of the old primary listens, inside. */
export const SYNC_PORT = 8012;

/** How the other host's server is spoken to; `$1` is the work folder, `$2` and `$3` are address and port. */
const CLIENT = `redis-cli --tls --cert "$1/sync.crt" --key "$1/sync.key" --cacert "$1/sync.crt" -h "$2" -p "$3"`;

/** Asks whether that server answers; it may be about to begin. */
const KNOCK = `for pause in 0.2 0.5 1 0; do
said=$(timeout 2 ${CLIENT} ping 2>"$1/knock.said" </dev/null || :)
[ "$said" != PONG ] || exit 0
sleep $pause
done
why=$(cat "$1/knock.said")
echo "its sync container does not answer at $2:$3: \${said:-\${why:-no answer within 2 s}}" >&2; exit 1`;

/** `$2`: socket, `$3`: name of the piece. Hands it to the server of this container. */
const SEND = `said=$(redis-cli -s "$2" -x SET "$3" <"$1/$3")
[ "$said" = OK ] || { echo "the server of this container did not take a piece: $said" >&2; exit 1; }
rm -f "$1/$3"`;

/** `$4`: name of the piece, `$5`: its bytes, `$6`: seconds. Takes it from the other host, whole or not at all. */
const FETCH = `timeout "$6" ${CLIENT} --raw GETDEL "$4" </dev/null 2>"$1/$4.said" | head -c "$5" >"$1/$4"
size=$(stat -c %s "$1/$4")
[ "$size" = "$5" ] || { echo "$size bytes of a piece of $5 came from $2:$3 $(cat "$1/$4.said")" >&2; rm -f "$1/$4"; exit 1; }
rm -f "$1/$4.said"`;

/** Where the new primary reaches the old one's sync container. */
export interface SyncEndpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * Opens the way from host to host. What both sync containers surely have is Redis, by their image: the old primary's starts
 * a server of its own, that keeps nothing, writes nothing down and holds one piece at a time. The line is TLS; each end must show
 * the key that was made for this drill and given to both over SSH. The server runs as an account that may read no service's data.
 * @param inside port that the server listens on in its container
 * @throws Error when the new primary's carrier does not reach it
 */
export async function openHostToHost(
  from: Carrier,
  to: Carrier,
  { address, port }: SyncEndpoint,
  inside = SYNC_PORT,
): Promise<Way> {
  const { key, certificate } = await makeOneTime("understudy");
  for (const one of [from, to]) {
    await Promise.all([one.write("sync.key", key), one.write("sync.crt", certificate)]);
  }
  const socket = `${from.work}/sync.socket`;
  await from.serve([
    ...["redis-server", "--port", "0", "--tls-port", String(inside), "--tls-auth-clients", "yes"],
    ...["--tls-cert-file", `${from.work}/sync.crt`, "--tls-ca-cert-file", `${from.work}/sync.crt`],
    ...["--tls-key-file", `${from.work}/sync.key`, "--protected-mode", "no", "--maxclients", "64"],
    ...["--unixsocket", socket, "--unixsocketperm", "777", "--save", "", "--appendonly", "no", "--dir", from.work],
  ]);
  await to.run(KNOCK, to.work, address, String(port));
  return {
    way: "host-to-host",
    move: async (name, bytes) => {
      await from.run(SEND, from.work, socket, name);
      const seconds = String(PIECE_MS / 1000);
      await to.run(FETCH, to.work, address, String(port), name, String(bytes), seconds);
    },
  };
}
