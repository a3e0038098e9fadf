import { expect } from "chai";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { SERVICE_NAMES } from "../../settings/services";
import { Compiler } from "../support/compiler";

const ROOT = path.resolve(__dirname, "../..");
const TABLE = "settings/services.ts";
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

/** A row of a service that does not exist, as it would stand in the table. */
function row(name: string, port: number, carried: string): string {
  return `  ${name}: {
    ports: [{ key: "${name}", inside: ${port}, askedByPeer: "scrapes" }],
    health: { protocol: "http", path: "/ready" },
    metrics: "/metrics",
    backup: "files",
    promise: { planned: "sync", unplanned: "backup", units: ["letters"], missingAllowed: 0 },
    carried: ${carried},
    guardFolder: null,
    stop: { seconds: 15, flush: null },
  },
`;
}

const ROWS =
  row("mailbox", 4100, "null") + row("archive", 4101, '{ folders: ["letters"], unchanging: [], how: "join" }');

/** The table of services with `rows` added to it. */
function tableWith(rows: string): string {
  const end = "} as const satisfies Record<string, ServiceRow>;";
  expect(read(TABLE), "the end of the table").to.include(end);
  return read(TABLE).replace(end, rows + end);
}

const DOES_NOT_COMPILE = [
  "components/stack.ts",
  "drills/services/backup/own-proof.ts",
  "drills/services/backup/restored-content.ts",
  "drills/services/backup/scratch-plan.ts",
  "drills/services/canary/session.ts",
  "drills/services/data-sync/carried-units.ts",
  "drills/services/data-sync/describe-unplanned.ts",
  "drills/services/data-sync/from-backup.ts",
  "lab/images/recipes.ts",
  "lab/images/upstream.ts",
  "settings/server/service-managed.ts",
  "settings/server/service-settings.ts",
  "tests/e2e/15-services-carry-over.test.ts",
  "tests/extended/14-unplanned-carry-over.test.ts",
  "tests/support/recorded-writes.ts",
  "tests/unit/components/sample.ts",
  "tests/unit/components/service-container.test.ts",
  "tests/unit/drills/services/data-sync/describe.test.ts",
];

interface Environment {
  readonly services?: Readonly<Record<string, unknown>>;
}

interface Schema {
  readonly properties: { readonly services: { readonly properties: Readonly<Record<string, unknown>> } };
}

/** What each service needs that no compiler sees: a place, and whether this service has it there. */
const PLACES: readonly (readonly [place: string, has: (service: string, place: string) => boolean])[] = [
  ["components/SERVICE.ts", (_, place) => existsSync(path.join(ROOT, place))],
  ["configs/SERVICE/", (_, place) => existsSync(path.join(ROOT, place))],
  ["configs/backup/prepare.sh", (service, place) => new RegExp(`^prepare_${service}\\(\\)`, "m").test(read(place))],
  [
    "configs/backup/take.sh",
    (service, place) => new RegExp(`^ +${service}\\) prepare_${service} ;;$`, "m").test(read(place)),
  ],
  ...globSync("configs/deploy/environments/*.yaml", { cwd: ROOT })
    .sort()
    .map(
      (file) =>
        [
          file,
          (service: string, place: string) =>
            Object.hasOwn((parse(read(place)) as Environment).services ?? {}, service),
        ] as const,
    ),
  [
    "docs/schemas/environment.schema.json",
    (service, place) => Object.hasOwn((JSON.parse(read(place)) as Schema).properties.services.properties, service),
  ],
  ["lab/images/SERVICE/Dockerfile", (_, place) => existsSync(path.join(ROOT, place))],
  ["tests/unit/components/SERVICE.test.ts", (_, place) => existsSync(path.join(ROOT, place))],
];

/** The places where nothing is found of a service. */
function silentPlaces(service: string): readonly string[] {
  return PLACES.map(([place, has]) => [place.replace("SERVICE", service), has] as const)
    .filter(([place, has]) => !has(service, place))
    .map(([place]) => place);
}

/** What the recipe names in code: files, and folders for what lies in them. */
function namedByTheRecipe(): readonly string[] {
  const [, recipe = ""] = /^## Add a service\n(.*?)^## /ms.exec(read("CONTRIBUTING.md")) ?? [];
  return [...recipe.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

describe("a service more in the table", () => {
  it("stops the compiler in every file that has something of each service", function () {
    this.timeout(180_000);
    this.slow(60_000);
    expect(new Compiler().refuses({ [TABLE]: tableWith(ROWS) })).to.deep.equal(DOES_NOT_COMPILE);
  });

  it("is missed by name in every place that the compiler does not read", () => {
    expect(silentPlaces("mailbox")).to.deep.equal([
      "components/mailbox.ts",
      "configs/mailbox/",
      "configs/backup/prepare.sh",
      "configs/backup/take.sh",
      "configs/deploy/environments/lab.yaml",
      "configs/deploy/environments/lab_agent.yaml",
      "configs/deploy/environments/lab_backups.yaml",
      "configs/deploy/environments/lab_doors.yaml",
      "configs/deploy/environments/lab_plain.yaml",
      "configs/deploy/environments/lab_single_host.yaml",
      "configs/deploy/environments/prodlike_multi_host.yaml",
      "configs/deploy/environments/single_host.yaml",
      "docs/schemas/environment.schema.json",
      "lab/images/mailbox/Dockerfile",
      "tests/unit/components/mailbox.test.ts",
    ]);
  });

  it("is added by a recipe that names the table and all of these, as Loki has them", () => {
    const named = namedByTheRecipe();
    const needed = [TABLE, ...DOES_NOT_COMPILE, ...PLACES.map(([place]) => place.replace("SERVICE", "loki"))];
    const left = needed.filter(
      (file) => !named.some((one) => one === file || (one.endsWith("/") && file.startsWith(one))),
    );
    expect(left).to.deep.equal([]);
  });

  for (const service of SERVICE_NAMES) {
    it(`${service} has all of these`, () => {
      expect(silentPlaces(service)).to.deep.equal([]);
    });
  }
});
