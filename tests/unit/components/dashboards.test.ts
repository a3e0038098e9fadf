import { expect } from "chai";
import { z } from "zod";
import { parse } from "yaml";
import { readFileSync } from "node:fs";
import path from "node:path";
import { DASHBOARDS, HOME_DASHBOARD } from "../../../components/dashboards";
import { dashboardJson, SOURCES } from "../../../components/dashboards/dashboard";
import { Grafana } from "../../../components/grafana";
import { declareService, variables } from "./declared-service";
import { sampleArgs, sampleEnvironment } from "./sample";

/** What Grafana takes of a unit's name: those that are used here, each of which Grafana lists. */
const UNITS = ["short", "bytes", "s", "ops", "Bps", "percentunit", "dateTimeAsIso"] as const;

const source = z.strictObject({ type: z.string(), uid: z.string() });
const target = z
  .looseObject({ refId: z.string().regex(/^[A-Z]$/), datasource: source })
  .refine((one) => typeof one["expr"] === "string" || typeof one["query"] === "string", "a query");
const panel = z.strictObject({
  id: z.number().int().min(1),
  title: z.string().min(1),
  description: z.string().optional(),
  type: z.enum(["stat", "timeseries", "state-timeline", "histogram", "table", "logs"]),
  gridPos: z.strictObject({
    x: z.number().int().min(0),
    y: z.number().int().min(0),
    w: z.number().int().min(1).max(24),
    h: z.number().int().min(1),
  }),
  datasource: source,
  targets: z.array(target).min(1),
  fieldConfig: z.strictObject({
    defaults: z.strictObject({
      unit: z.enum(UNITS),
      noValue: z.literal("unknown"),
      mappings: z.array(z.looseObject({ type: z.literal("value") })),
      thresholds: z.looseObject({ mode: z.literal("absolute") }),
    }),
    overrides: z.array(z.never()),
  }),
  options: z.looseObject({}),
});
const dashboard = z.looseObject({
  uid: z.string().regex(/^understudy-[a-z]+$/),
  title: z.string().min(1),
  schemaVersion: z.literal(39),
  editable: z.literal(false),
  templating: z.strictObject({ list: z.array(z.looseObject({ name: z.string(), type: z.literal("query") })) }),
  annotations: z.strictObject({ list: z.array(z.looseObject({ name: z.string(), datasource: source })) }),
  panels: z.array(panel).min(1),
});

describe("the dashboards", () => {
  const all = DASHBOARDS.map((one) => dashboard.parse(JSON.parse(JSON.stringify(dashboardJson(one)))));

  it("have the form of Grafana's files, and a uid each that stays", () => {
    expect(all.map(({ uid }) => uid)).to.deep.equal([
      "understudy-pair",
      "understudy-postgresql",
      "understudy-redis",
      "understudy-hosts",
      "understudy-backups",
      "understudy-drill",
    ]);
    expect(new Set(all.map(({ title }) => title)).size).to.equal(all.length);
  });

  it("ask only data sources that Grafana is provisioned with, and mark every role change", () => {
    const file = path.resolve("configs/grafana/provisioning/datasources/understudy.yaml");
    const { datasources } = parse(readFileSync(file, "utf8")) as { datasources: { type: string; uid: string }[] };
    const known = datasources.map(({ type, uid }) => `${type} ${uid}`);
    for (const { panels, annotations } of all) {
      expect(annotations.list.map(({ name }) => name)).to.deep.equal(["Role changes", "Drills"]);
      const asked = [...annotations.list, ...panels, ...panels.flatMap(({ targets }) => targets)];
      for (const { datasource: one } of asked) expect(known).to.include(`${one.type} ${one.uid}`);
    }
    expect(Object.keys(SOURCES)).to.deep.equal(["prometheus", "loki", "tempo"]);
  });

  it("have panels that lie beside each other and none over another, each with an id of its own", () => {
    for (const { uid, panels } of all) {
      expect(new Set(panels.map(({ id }) => id)).size, uid).to.equal(panels.length);
      const taken = new Set<string>();
      for (const { title, gridPos } of panels)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(x, `${uid}: ${title}`).to.be.lessThan(24);
            expect(taken.has(`${x},${y}`), `${uid}: ${title}`).to.equal(false);
            taken.add(`${x},${y}`);
          }
    }
  });

  it("would be refused with a panel without a query, or a unit that there is not", () => {
    const wrong = (change: object): boolean => {
      const [first] = DASHBOARDS;
      const [one, ...others] = first?.panels ?? [];
      if (first === undefined || one === undefined) return expect.fail("no dashboard");
      return dashboard.safeParse(dashboardJson({ ...first, panels: [{ ...one, ...change }, ...others] })).success;
    };
    expect([wrong({}), wrong({ queries: [] }), wrong({ unit: "parsecs" })]).to.deep.equal([true, false, false]);
  });

  it("reach Grafana as files that replace nothing, with the operator's own beside them, and the pair's first", async () => {
    const own = { uid: "shop", title: "Shop", panels: [] };
    const overlays = {
      alerts: undefined,
      rules: [],
      jobs: [],
      hba: [],
      dashboards: [{ name: "overlay-1.json", content: own }],
    };
    const { container, files, reloaded } = await declareService(
      "grafana",
      (args) => new Grafana("svc", { ...args, overlays, secrets: { grafana: "admin-pw" } }),
      () => sampleArgs(sampleEnvironment(2), "grafana"),
    );
    const folder = "/understudy/files/current/dashboards";
    const names = [...DASHBOARDS.map(({ uid }) => uid), "overlay-1"].map((name) => `${folder}/${name}.json`);
    expect(reloaded).to.include.members(names);
    expect(JSON.parse(files[`${folder}/overlay-1.json`] ?? "")).to.deep.equal(own);
    const provider = parse(files["/understudy/files/current/provisioning/dashboards/understudy.yaml"] ?? "") as {
      providers: { options: { path: string } }[];
    };
    expect(provider.providers.map(({ options }) => options.path)).to.deep.equal([folder]);
    expect(variables(container)["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]).to.equal(
      `${folder}/${HOME_DASHBOARD}.json`,
    );
  });
});
