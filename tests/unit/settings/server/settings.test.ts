import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseEnvironment } from "../../../../settings/load-environment";
import {
  linesInText,
  postgresLayers,
  postgresLine,
  postgresSettingsText,
  redisLine,
  redisSettingsText,
} from "../../../../settings/server/layers";
import { POSTGRES_LIMITS, USUAL_LIMITS, whyNotPostgres } from "../../../../settings/server/postgres-managed";
import { tunedPostgres } from "../../../../settings/server/postgres-tuned";
import { whyNotRedis } from "../../../../settings/server/redis-managed";
import { sampleEnvironment } from "../../components/sample";

/** The values of `tunedPostgres`, by name. */
const tuned = (memoryMib: number, cores?: number, connections = 100): Record<string, string> =>
  Object.fromEntries(tunedPostgres({ memoryMib, cores, connections }).map(({ name, value }) => [name, value]));

const problems = (sections: object): readonly string[] => {
  try {
    parseEnvironment("env.yaml", { ...JSON.parse(JSON.stringify(sampleEnvironment(2))), ...sections });
  } catch (error) {
    return (error as Error).message.split("\n");
  }
  return [];
};

describe("settings of the servers", () => {
  it("follow from memory and cores by the rules of timescaledb-tune", () => {
    expect(tuned(4096, 4)).to.deep.equal({
      shared_buffers: "1024MB",
      effective_cache_size: "3072MB",
      maintenance_work_mem: "512MB",
      work_mem: "8MB",
      max_worker_processes: "24",
      max_parallel_workers: "4",
      max_parallel_workers_per_gather: "2",
    });
    expect(tuned(65536, 16)).to.deep.include({ maintenance_work_mem: "2047MB", max_worker_processes: "27" });
    // Nobody said how many cores: the workers are the product's own.
    expect(Object.keys(tuned(1024))).to.deep.equal([
      "shared_buffers",
      "effective_cache_size",
      "maintenance_work_mem",
      "work_mem",
    ]);
    expect(tuned(1024)).to.deep.include({ shared_buffers: "256MB", work_mem: "4MB", maintenance_work_mem: "128MB" });
    expect(tuned(4096, undefined, 400).work_mem).to.equal("4MB");
  });

  it("that a standby must not have less of follow from memory never, and by cores grow alone", () => {
    for (const memory of [64, 512, 1024, 8192, 65536]) {
      expect(
        Object.keys(tuned(memory)).filter((name) => (POSTGRES_LIMITS as readonly string[]).includes(name)),
      ).to.deep.equal([]);
      for (const cores of [1, 2, 64])
        expect(Number(tuned(memory, cores)["max_worker_processes"] ?? 24)).to.be.at.least(
          USUAL_LIMITS.max_worker_processes,
        );
    }
  });

  it("have the product's own limits as its file has them", () => {
    const file = readFileSync(path.resolve(__dirname, "../../../../configs/timescaledb/postgresql.conf"), "utf8");
    for (const name of ["max_connections", "max_worker_processes", "max_wal_senders"] as const)
      expect(file).to.match(new RegExp(`^${name} = ${USUAL_LIMITS[name]}$`, "m"));
    expect(file).to.not.match(/^max_(prepared_transactions|locks_per_transaction)/m);
  });

  it("of the product's own files are refused for an operator, with the reason, or are there to be layered over", () => {
    const file = readFileSync(path.resolve(__dirname, "../../../../configs/timescaledb/postgresql.conf"), "utf8");
    const free = [...file.matchAll(/^([a-z_.]+) = (.*)$/gm)]
      .filter(([, name = "", value = ""]) => whyNotPostgres(name, value.replaceAll("'", "")) === undefined)
      .map(([, name]) => name);
    expect(free).to.deep.equal([
      ...["max_connections", "shared_buffers", "checkpoint_timeout", "max_wal_size", "min_wal_size"],
      ...["max_wal_senders", "max_replication_slots", "hot_standby_feedback", "max_worker_processes"],
      ...["timescaledb.max_background_workers", "timescaledb.telemetry_level", "log_line_prefix", "log_timezone"],
      ...["log_checkpoints", "timezone"],
    ]);
    const redis = readFileSync(path.resolve(__dirname, "../../../../configs/redis/redis.conf"), "utf8");
    const layered = [...redis.matchAll(/^([a-z-]+) (.*)$/gm)]
      .filter(([, name = "", value = ""]) => whyNotRedis(name, value) === undefined)
      .map(([, name]) => name);
    expect(layered).to.deep.equal(["maxmemory", "maxmemory-policy"]);
  });

  it("are refused in the environment file by their field, with the reason", () => {
    const found = problems({
      timescaledb: {
        preload: ["timescaledb", "../evil", "auto_explain", "auto_explain"],
        settings: {
          wal_level: "minimal",
          "Work Mem": 1,
          max_connections: 5,
          primary_conninfo: "x",
          work_mem: "1\n2",
          ssl: false,
        },
      },
      redis: { settings: { replicaof: "no one", "maxmemory-policy": "allkeys-lru", "rename-command": "X Y", hz: 20 } },
    });
    const at = (field: string): string =>
      found.find((line) => line.startsWith(`env.yaml: ${field}: `)) ?? expect.fail(`${field}\n${found.join("\n")}`);
    expect(at("timescaledb.settings.wal_level")).to.contain("return of a former primary");
    expect(at("timescaledb.settings.max_connections")).to.contain("at least 25");
    expect(at("timescaledb.settings.primary_conninfo")).to.contain("change of roles");
    expect(at("timescaledb.settings.ssl")).to.contain("`encryption`");
    expect(at("timescaledb.settings.work_mem")).to.contain("line break");
    expect(at("timescaledb.settings.Work Mem")).to.contain("a name of PostgreSQL's");
    expect(at("timescaledb.preload.0")).to.contain("wherever the image has it");
    expect(at("timescaledb.preload.1")).to.contain("the name of a library");
    expect(at("timescaledb.preload")).to.contain("each of them once");
    expect(at("redis.settings.replicaof")).to.contain("change of roles");
    expect(at("redis.settings.maxmemory-policy")).to.contain("volatile-");
    expect(at("redis.settings.rename-command")).to.contain("under its name");
    expect(found.filter((line) => line.includes("hz"))).to.deep.equal([]);
    expect(problems({ timescaledb: { setings: {} }, redis: { save: 1 } })).to.have.length(2);
  });

  it("become files in which the environment's come last, quoted as each server reads them", () => {
    const sections = parseEnvironment("env.yaml", {
      ...JSON.parse(JSON.stringify(sampleEnvironment(2))),
      timescaledb: {
        cores: 4,
        preload: ["pg_stat_statements", "auto_explain"],
        settings: { work_mem: "12MB", jit: false, random_page_cost: 1.1, search_path: "'a', b\\c" },
      },
      redis: {
        settings: {
          activedefrag: true,
          "client-output-buffer-limit": "pubsub 64mb 16mb 90",
          "proc-title-template": 'a "b"',
        },
      },
    });
    const text = postgresSettingsText(sections);
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines).to.deep.equal([
      "shared_buffers = '250MB'",
      "effective_cache_size = '751MB'",
      "maintenance_work_mem = '125MB'",
      "max_worker_processes = '24'",
      "max_parallel_workers = '4'",
      "max_parallel_workers_per_gather = '2'",
      "shared_preload_libraries = 'pg_stat_statements,auto_explain'",
      "work_mem = '12MB'",
      "jit = 'off'",
      "random_page_cost = '1.1'",
      "search_path = '''a'', b\\\\c'",
    ]);
    expect([...linesInText(text).keys()]).to.have.length(11);
    expect(
      redisSettingsText(sections)
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#")),
    ).to.deep.equal([
      'activedefrag "yes"',
      'client-output-buffer-limit "pubsub" "64mb" "16mb" "90"',
      'proc-title-template "a \\"b\\""',
    ]);
    expect(postgresLayers(sections).find(({ name }) => name === "work_mem")).to.deep.include({
      layer: "environment file",
      from: "timescaledb.settings.work_mem",
    });
    expect(postgresLine({ name: "a", value: "" })).to.equal("a = ''");
    expect(redisLine({ name: "notify-keyspace-events", value: "" })).to.equal('notify-keyspace-events ""');
  });
});
