import { Client } from "pg";
import { tlsOptions } from "../../../drills/hosts/postgres-encryption";
import { redisClient } from "../../../drills/hosts/redis";
import type { Credentials } from "../../../settings/credentials";
import type { Environment } from "../../../settings/environment";
import { DATABASE } from "../../../settings/names";
import { viewFrom } from "../../../settings/pair";
import type { Progress } from "../../host/progress";
import { LabError } from "../../host/run";
import { SHOP } from "./client-loads";
import { REST_QUESTIONS, routesOfRound, type RestQuestion, type RestRoute, type RestRound } from "./rest-cost";

const ROUNDS = 6;
/** Questions of one round by one way; those before them warm the session. */
const QUESTIONS = 300;
const WARM = 30;
const KEY = "understudy-bench:rest";

interface Asked {
  ask(): Promise<unknown>;
  end(): Promise<void> | void;
}

/** What the doors cost while nothing happens: one client asks one question after the other, by each way in turn. */
export async function measureRest(
  environment: Environment,
  credentials: Credentials,
  shopPassword: string,
  primary: string,
  progress: Progress,
): Promise<readonly RestRound[]> {
  const { self, peer } = viewFrom(environment, primary);
  const tls = credentials.clients?.understudy_probe;
  if (peer === undefined || tls === undefined)
    throw new LabError("doors need a pair with certificates; next: understudy status");
  const { postgres, redis_tls, door_postgres, door_redis } = environment.ports;
  const places: Readonly<Record<RestRoute, readonly [host: string, postgres: number, redis: number]>> = {
    direct: [self.address, postgres, redis_tls],
    "own door": [self.address, door_postgres, door_redis],
    "other door": [peer.address, door_postgres, door_redis],
  };
  const open: Readonly<Record<RestQuestion, (route: RestRoute) => Promise<Asked>>> = {
    "SELECT 1": async (route) => {
      const [host, port] = places[route];
      const client = new Client({
        ...{ host, port, user: SHOP, password: shopPassword, database: DATABASE },
        ssl: tlsOptions({ ca: tls.ca }, host),
      });
      await client.connect();
      return { ask: () => client.query("SELECT 1"), end: () => client.end() };
    },
    GET: async (route) => {
      const [host, , port] = places[route];
      const client = redisClient({ socket: { host, port, tls }, password: credentials.redis });
      await client.connect();
      await client.sendCommand(["SET", KEY, "1", "EX", "3600"]);
      return { ask: () => client.sendCommand(["GET", KEY]), end: () => client.destroy() };
    },
  };
  const rounds: RestRound[] = [];
  for (const question of REST_QUESTIONS) {
    for (let round = 1; round <= ROUNDS; round += 1)
      for (const route of routesOfRound(round)) {
        const session = await open[question](route);
        try {
          rounds.push({ question, route, round, times: await timesOf(session) });
        } finally {
          await session.end();
        }
      }
    progress(`at rest: ${question}, ${ROUNDS} rounds by each way`);
  }
  return rounds;
}

async function timesOf(way: Asked): Promise<readonly number[]> {
  const times: number[] = [];
  for (let at = 0; at < WARM + QUESTIONS; at += 1) {
    const began = performance.now();
    await way.ask();
    if (at >= WARM) times.push(Math.round((performance.now() - began) * 1000) / 1000);
  }
  return times;
}
