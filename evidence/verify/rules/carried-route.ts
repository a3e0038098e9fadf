import { ofServices, unless, type Rule } from "../rule";

/** On which way copied data came. Evidence that is older than this does not say it. */
export const carriedRouteRules: readonly Rule[] = [
  {
    id: "way-of-data-told",
    sentence:
      "data that were copied through the command say why they did not go from host to host, and a backup's data came from the host itself",
    check: ({ document }) =>
      ofServices(document, ({ carried }, key) => {
        if (carried?.route === undefined) return [];
        const { way, why } = carried.route;
        const through = way === "through-the-command";
        const fromBackup = carried.how === "newest-backup";
        return [
          ...unless(
            (way === "on-the-host") === fromBackup,
            `${key}.carried.route.way`,
            way,
            fromBackup ? "on-the-host, where the backup lies" : "from the other host",
          ),
          ...unless(
            (why !== null) === through,
            `${key}.carried.route.why`,
            why,
            through ? "why not from host to host" : "null: there is no better way",
          ),
        ];
      }),
  },
];
