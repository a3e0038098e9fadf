import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import type { StoreName } from "../../settings/services";
import { bounded } from "../hosts/bounded";
import { identifyRedis } from "../hosts/redis";
import { openRedis, openSql } from "../hosts/sessions";
import { postgresSign, redisSign, signWords, type SignOfLife } from "../hosts/signs-of-life";
import type { Look, LookAt } from "./look";

type Role = "primary" | "standby";
type Ask = (host: NamedHost, environment: Environment, credentials: Credentials, heard: () => void) => Promise<Role>;

const ASK: Readonly<Record<StoreName, { readonly role: Ask; readonly sign: (error: unknown) => SignOfLife }>> = {
  timescaledb: { role: askPostgres, sign: postgresSign },
  redis: { role: askRedis, sign: redisSign },
};

/** From this machine, through the store's published port. */
export function operatorLook(
  host: NamedHost,
  store: StoreName,
  environment: Environment,
  credentials: Credentials,
): LookAt {
  const { role: ask, sign: signOf } = ASK[store];
  return (timeoutMs) => {
    // A server that does not encrypt lives, however long its host takes to say whether it should.
    let plain = false;
    const asked = ask(host, environment, credentials, () => (plain = true));
    return bounded(`${host.name}: ${store} from here`, timeoutMs, asked).then(
      (role): Look => ({ answers: true, role }),
      (error: unknown): Look => {
        const said = signOf(error);
        const sign: SignOfLife = plain && said.sign === "silent" ? { sign: "lives", code: "no-encryption" } : said;
        const code = sign.sign === "silent" ? null : sign.code;
        return { answers: false, alive: sign.sign !== "silent", code, detail: signWords(sign, error) };
      },
    );
  };
}

async function askPostgres(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
  heard: () => void,
): Promise<Role> {
  const sql = await openSql(host, environment, credentials, heard);
  try {
    const { rows } = await sql.query<{ recovery: boolean }>("select pg_is_in_recovery() as recovery");
    return rows[0]?.recovery === false ? "primary" : "standby";
  } finally {
    void sql.end().catch(() => undefined);
  }
}

async function askRedis(host: NamedHost, environment: Environment, credentials: Credentials): Promise<Role> {
  const session = await openRedis(host, environment, credentials);
  try {
    return (await identifyRedis(session)).role;
  } finally {
    session.close();
  }
}
