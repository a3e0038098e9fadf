import { parse, stringify } from "yaml";
import { WATCHDOG } from "../settings/alerts";
import type { Overlays } from "../settings/overlays";
import { receiversOf, type Notify, type Receiver } from "../settings/notify-section";

/** The receiver of the pair's alerts in `configs/alertmanager/alertmanager.yml`. */
const OWN = "understudy";
const DEADMAN = "understudy-deadman";

interface Config {
  readonly route: { readonly routes?: readonly { readonly matchers?: readonly string[] }[] };
  readonly receivers: readonly { readonly name: string }[];
}

/** What Alertmanager calls a form, and its settings: no secret is left out, so the text is one. */
function configOf(receiver: Receiver, secret: string): readonly [string, object] {
  const common = { send_resolved: !receiver.deadman };
  switch (receiver.form) {
    case "webhook":
      return ["webhook_configs", { ...common, url: secret }];
    case "slack":
      return [
        "slack_configs",
        { ...common, api_url: secret, ...(receiver.channel === undefined ? {} : { channel: receiver.channel }) },
      ];
    case "pagerduty":
      return ["pagerduty_configs", { ...common, routing_key: secret, url: receiver.endpoint }];
    case "mail": {
      const { to, from, smarthost, username, encryption } = receiver;
      return [
        "email_configs",
        {
          ...common,
          ...{ to: to.join(", "), from, smarthost, require_tls: encryption === "required" },
          ...(username === undefined ? {} : { auth_username: username, auth_password: secret }),
        },
      ];
    }
  }
}

function receiverOf(name: string, configs: readonly (readonly [string, object])[]): object {
  const kinds = [...new Set(configs.map(([kind]) => kind))];
  return {
    name,
    ...Object.fromEntries(
      kinds.map((kind) => [kind, configs.flatMap(([one, config]) => (one === kind ? [config] : []))]),
    ),
  };
}

/**
 * Alertmanager's configuration with the receivers of an environment: alerts go to each of them, and the `Watchdog` to
 * those alone that wait for it. Pure.
 * @param base the text of `configs/alertmanager/alertmanager.yml`
 * @param secrets of the receivers, by their names
 */
export function alertmanagerConfig(base: string, notify: Notify, secrets: Readonly<Record<string, string>>): string {
  const config = parse(base) as Config;
  const of = (deadman: boolean): readonly (readonly [string, object])[] =>
    receiversOf(notify).flatMap(([name, one]) => (one.deadman === deadman ? [configOf(one, secrets[name] ?? "")] : []));
  const watchdog = {
    matchers: [`alertname="${WATCHDOG}"`],
    receiver: DEADMAN,
    group_by: ["alertname"],
    group_wait: "5s",
    group_interval: "1m",
    repeat_interval: `${notify.deadman_minutes}m`,
  };
  return stringify({
    ...config,
    route: { ...config.route, routes: [watchdog, ...(config.route.routes ?? [])] },
    receivers: [
      ...config.receivers.map((one) => (one.name === OWN ? receiverOf(OWN, of(false)) : one)),
      receiverOf(DEADMAN, of(true)),
    ],
  });
}

/** The route of what must reach people at once. */
const CRITICAL = 'severity="critical"';

/**
 * That text with the operator's own receivers behind ours: the canary's route stays the first one, so that it wakes nobody,
 * and what is critical is told as fast as before wherever it goes. Where both our section `notify` and the operator's usual
 * receiver want every alert, both get it. Pure.
 * @param notifies whether the section `notify` has receivers
 */
export function withOverlay(base: string, theirs: NonNullable<Overlays["alerts"]>, notifies: boolean): string {
  const { route, receivers, ...others } = parse(base) as Config;
  const { receiver: usual } = theirs;
  const isCritical = (one: { matchers?: readonly string[] }): boolean => one.matchers?.includes(CRITICAL) === true;
  const all = route.routes ?? [];
  const critical = all.filter(isCritical).map((one) => ({ ...one, receiver: usual ?? OWN }));
  const both = notifies && usual !== undefined;
  const ours = both
    ? [
        ...critical.map((one) => ({ ...one, receiver: OWN, continue: true })),
        { matchers: ['severity!="critical"'], receiver: OWN, continue: true },
      ]
    : [];
  return stringify({
    route: {
      ...route,
      ...(usual === undefined ? {} : { receiver: usual }),
      routes: [...all.filter((one) => !isCritical(one)), ...ours, ...theirs.routes, ...critical],
    },
    receivers: [...receivers, ...theirs.receivers],
    ...others,
  });
}
