/** The data sources that Grafana is provisioned with, by their uids in `configs/grafana/provisioning/datasources`. */
export const SOURCES = {
  prometheus: { type: "prometheus", uid: "understudy-prometheus" },
  loki: { type: "loki", uid: "understudy-loki" },
  tempo: { type: "tempo", uid: "understudy-tempo" },
} as const;

/** What a panel asks; of Prometheus unless `source` says otherwise. */
export interface Query {
  readonly ask: string;
  /** What a series is called, with labels as `{{host}}`. @default all its labels */
  readonly legend?: string;
  /** @default "prometheus" */
  readonly source?: keyof typeof SOURCES;
}

/** What one panel shows. */
export interface Panel {
  readonly title: string;
  /** `now` is the newest value alone, `names` the names of the series that there are now. */
  readonly shows: "now" | "names" | "over-time" | "states" | "distribution" | "table" | "logs" | "traces";
  readonly queries: readonly Query[];
  /** Grafana's name of the unit. @default "short" */
  readonly unit?: string;
  /** What a number stands for, with the colour that it has. */
  readonly words?: Readonly<Record<string, readonly [word: string, colour: string]>>;
  /** From which value on what is shown is red. */
  readonly redFrom?: number;
  /** What to know before believing it. */
  readonly note?: string;
  /** In 24ths of the page. @default 4 for what is now, 12 otherwise */
  readonly width?: number;
}

/** One dashboard, as short as it can be told. */
export interface Dashboard {
  /** Stays the same for ever: links lead to it. */
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  /** A choice at the top of the page: the values of a label that a metric has. */
  readonly choice?: { readonly name: string; readonly metric: string };
}

const TYPES = {
  now: "stat",
  names: "stat",
  "over-time": "timeseries",
  states: "state-timeline",
  distribution: "histogram",
  table: "table",
  logs: "logs",
  traces: "table",
} as const satisfies Record<Panel["shows"], string>;

/** A host became primary of a store: for two minutes after, so that no step of a long range misses it. */
export const ROLE_CHANGES =
  'understudy_store_role{role="primary"} == 1 and on (host, store) min_over_time(understudy_store_role{role="primary"}[2m]) == 0';

const ANNOTATIONS = [
  {
    ...{ name: "Role changes", datasource: SOURCES.prometheus, enable: true, iconColor: "orange" },
    ...{ expr: ROLE_CHANGES, step: "15s", titleFormat: "{{store}}: {{host}} is primary", tagKeys: "host,store" },
  },
  {
    ...{ name: "Drills", datasource: SOURCES.prometheus, enable: true, iconColor: "blue", step: "15s" },
    expr: "max(understudy_drill_in_progress_until_timestamp_seconds) > time()",
    titleFormat: "a drill is at work",
  },
];

const instant = (shows: Panel["shows"]): boolean => shows === "now" || shows === "names" || shows === "table";

function target({ ask, legend, source = "prometheus" }: Query, refId: string, shows: Panel["shows"]): object {
  const common = { refId, datasource: SOURCES[source] };
  if (source === "tempo") return { ...common, query: ask, queryType: "traceql", limit: 20, tableType: "traces" };
  const named = legend === undefined ? {} : { legendFormat: legend };
  if (source === "loki") return { ...common, expr: ask, queryType: "range", ...named };
  const once = instant(shows);
  return { ...common, expr: ask, ...named, instant: once, range: !once, ...(shows === "table" && { format: "table" }) };
}

function mappings(words: Panel["words"]): readonly object[] {
  if (words === undefined) return [];
  const options = Object.entries(words).map(([value, [text, color]], index) => [value, { text, color, index }]);
  return [{ type: "value", options: Object.fromEntries(options) as object }];
}

function options(shows: Panel["shows"]): object {
  const newest = { reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false }, graphMode: "none" };
  switch (shows) {
    case "now":
      return { ...newest, textMode: "auto", colorMode: "value" };
    case "names":
      return { ...newest, textMode: "name", colorMode: "none" };
    case "over-time":
      return { legend: { displayMode: "list", placement: "bottom", showLegend: true }, tooltip: { mode: "multi" } };
    case "states":
      return { showValue: "never", mergeValues: true };
    case "distribution":
      return { combine: false, legend: { displayMode: "list", placement: "bottom", showLegend: true } };
    case "logs":
      return { showTime: true, sortOrder: "Ascending", enableLogDetails: true, wrapLogMessage: true };
    case "table":
    case "traces":
      return { showHeader: true };
  }
}

function widthOf({ width, shows }: Panel): number {
  return width ?? (shows === "now" || shows === "names" ? 4 : 12);
}

function panelJson(panel: Panel, id: number, at: { readonly x: number; readonly y: number }): object {
  const { title, shows, queries, unit = "short", note, redFrom } = panel;
  const steps = [{ color: "green", value: null }, ...(redFrom === undefined ? [] : [{ color: "red", value: redFrom }])];
  return {
    ...{ id, title, type: TYPES[shows], ...(note === undefined ? {} : { description: note }) },
    gridPos: { ...at, w: widthOf(panel), h: heightOf(shows) },
    datasource: SOURCES[queries[0]?.source ?? "prometheus"],
    targets: queries.map((query, index) => target(query, String.fromCharCode(65 + index), shows)),
    // What is not known is told so, and is never a zero.
    fieldConfig: {
      defaults: { unit, noValue: "unknown", mappings: mappings(panel.words), thresholds: { mode: "absolute", steps } },
      overrides: [],
    },
    options: options(shows),
  };
}

function heightOf(shows: Panel["shows"]): number {
  return shows === "now" || shows === "names" ? 4 : 8;
}

/** From left to right, and a new row where one has no room, or is of another height. */
function placed(panels: readonly Panel[]): readonly object[] {
  let [x, y, height] = [0, 0, 0];
  return panels.map((panel, index) => {
    const own = heightOf(panel.shows);
    if (x + widthOf(panel) > 24 || (x > 0 && own !== height)) [x, y] = [0, y + height];
    const json = panelJson(panel, index + 1, { x, y });
    [x, height] = [x + widthOf(panel), own];
    return json;
  });
}

function choices(choice: Dashboard["choice"]): readonly object[] {
  if (choice === undefined) return [];
  const query = `label_values(${choice.metric}, ${choice.name})`;
  return [
    {
      ...{ name: choice.name, type: "query", datasource: SOURCES.prometheus, refresh: 2, sort: 2, hide: 0 },
      ...{ query: { query, refId: "choice" }, definition: query, multi: false, includeAll: false },
    },
  ];
}

/** The dashboard in the form that Grafana 10 and newer takes from a file. */
export function dashboardJson({ uid, title, panels, choice }: Dashboard): Readonly<Record<string, unknown>> {
  return {
    ...{ uid, title, tags: ["understudy"], schemaVersion: 39, version: 1, editable: false, graphTooltip: 1 },
    ...{ refresh: "15s", time: { from: "now-3h", to: "now" }, timezone: "utc" },
    links: [{ title: "Understudy", type: "dashboards", tags: ["understudy"], asDropdown: false, includeVars: false }],
    templating: { list: choices(choice) },
    annotations: { list: ANNOTATIONS },
    panels: placed(panels),
  };
}
