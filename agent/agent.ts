import { TURN_MS, type AgentConfig } from "../settings/agent-config";
import { STORE_NAMES } from "../settings/services";
import { fresh, said } from "./fresh";
import { judgePrimary, judgeReplica } from "./judge";
import { readCertificates } from "./read-certificates";
import { readGuard, readLastDrill, readTold } from "./read-guard";
import { hostRole, RoleLink } from "./role-link";
import type { Told } from "../settings/told";
import type {
  CertificateSight,
  DrillSight,
  GuardSight,
  JournalSight,
  PeerSight,
  PostgresSight,
  ServerSight,
  Sight,
} from "./sight";
import { askPeer, type PeerWords } from "./watch-peer";
import { PostgresWatch } from "./watch-postgres";
import { RedisWatch } from "./watch-redis";

/** How long a drill counts as at work after its lock was last seen, seconds: its last acts need no lock. */
const DRILL_AFTER_SECONDS = 60;
/** A lock that is held longer than this keeps no alert back any more, seconds. */
const DRILL_MOST_SECONDS = 1800;
/** Turns from one look at what seldom changes to the next. */
const SELDOM_TURNS = 15;

/**
 * Watches the stores of one host, and acts on nothing. Every turn asks both servers and the other host's agent, and reads
 * what the boot guards have on their disks; each of these by itself, so that one that is silent holds up no other.
 */
export class Agent {
  readonly #postgres: PostgresWatch;
  readonly #redis: RedisWatch;
  readonly #roleLink: RoleLink | null;
  #guards: { timescaledb: GuardSight | null; redis: GuardSight | null } = { timescaledb: null, redis: null };
  #peer: PeerSight | null = null;
  #certificates: readonly CertificateSight[] = [];
  #lastDrill: DrillSight | null = null;
  #told: Told | null = null;
  #drillSince: number | null = null;
  #drillUntil: number | null = null;
  #turns = 0;
  #ended = false;

  constructor(readonly config: AgentConfig) {
    this.#postgres = new PostgresWatch(config);
    this.#redis = new RedisWatch(config);
    this.#roleLink = config.rolesFolder === null ? null : new RoleLink(config.rolesFolder);
  }

  /** What is known now. */
  sight(): Sight {
    return {
      timescaledb: { server: this.#postgres.asked, guard: this.#guards.timescaledb },
      redis: { server: this.#redis.asked, guard: this.#guards.redis },
      peer: this.#peer,
      certificates: this.#certificates,
      lastDrill: this.#lastDrill,
      told: this.#told,
      drillUntil: this.#drillUntil,
    };
  }

  /** What the other host's agent is told: of each server that said what it is, and nothing else. */
  words(nowMs: number): PeerWords {
    const sight = this.sight();
    return {
      now_ms: nowMs,
      stores: Object.fromEntries(
        STORE_NAMES.flatMap((store) => {
          const seen = said<ServerSight>(sight[store].server, nowMs);
          if (seen === null) return [];
          const { role, position, timeline, history } = seen;
          const { journal } = seen as Partial<PostgresSight>;
          const judged =
            role === "primary" ? judgePrimary(sight, store, nowMs) : judgeReplica(sight, store, null, nowMs);
          const sure = judged.status === 200;
          return [[store, { role, position, timeline, history, sure, ...(journal ? { journal } : {}) }]];
        }),
      ),
    };
  }

  /** One turn; ends when all of it has. */
  async turn(): Promise<void> {
    const { stores, files, environment } = this.config;
    const guard = async (store: "timescaledb" | "redis"): Promise<boolean | null> => {
      this.#guards[store] = await readGuard(stores[store].guardFolder);
      return this.#guards[store]?.encrypts ?? null;
    };
    const seldom = async (): Promise<void> => {
      if (this.#turns % SELDOM_TURNS !== 0) return;
      this.#certificates = await readCertificates(files);
      this.#lastDrill = await readLastDrill(stores.timescaledb.guardFolder);
    };
    await Promise.all([
      guard("timescaledb").then((encrypts) => this.#postgres.turn(encrypts, this.#shown())),
      guard("redis").then((encrypts) => this.#redis.turn(encrypts)),
      askPeer(this.config).then((peer) => (this.#peer = peer)),
      readTold(stores.timescaledb.guardFolder, environment).then((told) => (this.#told = told)),
      seldom(),
    ]);
    this.#noteDrill(Date.now() / 1000);
    // A disk that is full is no reason to watch no longer.
    await this.#roleLink?.say(hostRole(this.sight(), Date.now())).catch(() => undefined);
    this.#turns += 1;
  }

  /** Turns until `close`. */
  async run(): Promise<void> {
    while (!this.#ended) {
      const began = performance.now();
      await this.turn();
      await new Promise((resolve) => setTimeout(resolve, Math.max(100, TURN_MS - (performance.now() - began))));
    }
  }

  close(): void {
    this.#ended = true;
    this.#postgres.close();
    this.#redis.close();
  }

  /** What the standby on the other host last showed of the journal, its moment by this host's clock. */
  #shown(): JournalSight | null {
    const peer = fresh(this.#peer, Date.now());
    const journal = peer?.stores.timescaledb?.journal;
    return peer && journal ? { ...journal, atMs: Math.round(journal.atMs - peer.offsetSeconds * 1000) } : null;
  }

  #noteDrill(now: number): void {
    const locked = said(this.#postgres.asked, now * 1000)?.drillLock ?? false;
    if (!locked) {
      if (this.#drillUntil !== null && this.#drillUntil < now) this.#drillSince = this.#drillUntil = null;
      return;
    }
    this.#drillSince ??= now;
    if (now - this.#drillSince <= DRILL_MOST_SECONDS) this.#drillUntil = now + DRILL_AFTER_SECONDS;
  }
}
