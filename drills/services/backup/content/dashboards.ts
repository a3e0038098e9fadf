import { digestOf, type Content, type Get } from "./content";

/** Count and digest of `dashboardVersions`. */
export async function dashboardContent(get: Get): Promise<Content> {
  const lines = await dashboardVersions(get);
  return { dashboards: lines.length, "sha256 of dashboards": digestOf(lines) };
}

/** Dashboards by uid and version, sorted, as `prepare.sh` counts them when it makes a backup. */
export async function dashboardVersions(get: Get): Promise<readonly string[]> {
  const found = JSON.parse(await get("/api/search?type=dash-db&limit=5000")) as { uid: string }[];
  const lines: string[] = [];
  for (const { uid } of found) {
    const { dashboard } = JSON.parse(await get(`/api/dashboards/uid/${encodeURIComponent(uid)}`)) as {
      dashboard: { version: number };
    };
    lines.push(`${uid} ${dashboard.version}`);
  }
  return lines.sort();
}
