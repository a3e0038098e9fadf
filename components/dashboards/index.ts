import { BACKUPS } from "./backups";
import type { Dashboard } from "./dashboard";
import { DRILL } from "./drill";
import { HOSTS } from "./hosts";
import { PAIR } from "./pair";
import { POSTGRESQL } from "./postgresql";
import { REDIS } from "./redis";

/** Every dashboard that Grafana is provisioned with. */
export const DASHBOARDS: readonly Dashboard[] = [PAIR, POSTGRESQL, REDIS, HOSTS, BACKUPS, DRILL];

/** The uid of the dashboard that Grafana shows first. */
export const HOME_DASHBOARD = PAIR.uid;
