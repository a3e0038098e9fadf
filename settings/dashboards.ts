/** The uids of the dashboards that other places lead to. They stay the same for ever: links have them. */
export const DASHBOARD_UIDS = { pair: "understudy-pair", drill: "understudy-drill" } as const;
