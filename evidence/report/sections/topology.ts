import { STORE_LABELS, STORE_NAMES, type StoreName } from "../../../settings/services";
import type { EvidenceDocument, Topology } from "../../document";
import { hostIn } from "../../observed-role";
import type { Cell, SectionMaker } from "../report-model";

type Host = Topology["hosts"][number];

/** What each store said it was, before and after. */
export const topologySection: SectionMaker = ({ document }) => {
  const { before, after } = document.topology;
  const names = [...new Set([...(before?.hosts ?? []), ...(after?.hosts ?? [])].map((one) => one.host))];
  const rows = (names.length > 0 ? names : [document.drill.fromHost, document.drill.toHost]).flatMap((name) => [
    [name, "declared", declared(hostIn(before, name)), declared(hostIn(after, name))],
    ...STORE_NAMES.map((store): Cell[] => [
      name,
      STORE_LABELS[store],
      observed(hostIn(before, name), store),
      observed(hostIn(after, name), store),
    ]),
  ]);
  return {
    id: "topology",
    title: "Who was primary, before and after",
    blocks: [
      {
        kind: "table",
        caption: "Roles as each stack declares them and each store says itself",
        head: ["Host", "What", "Before", "After"],
        rows: [
          ...rows,
          ["read at", "", before?.readAt ?? notRead("before", document), after?.readAt ?? notRead("after", document)],
        ],
      },
      ...detailBlocks(document),
    ],
  };
};

function notRead(when: "before" | "after", { drill }: EvidenceDocument): Cell {
  const dry = when === "after" && drill.mode === "dry-run";
  return { text: dry ? "unchanged: dry run" : "not read", tone: dry ? "plain" : "unknown" };
}

function declared(host: Host | undefined): Cell {
  return host?.declaredRole ?? "-";
}

function observed(host: Host | undefined, store: StoreName): Cell {
  if (host === undefined) return { text: "unknown", tone: "unknown" };
  const said = host[store];
  return said.state === "observed" ? said.role : { text: `unknown: ${said.reason}`, tone: "unknown" };
}

function detailBlocks({ topology }: EvidenceDocument): NonNullable<ReturnType<SectionMaker>>["blocks"] {
  const rows = (["before", "after"] as const).flatMap((when) =>
    (topology[when]?.hosts ?? []).flatMap((host) =>
      STORE_NAMES.flatMap((store) => {
        const said = host[store];
        if (said.state !== "observed") return [];
        return Object.entries(said.detail).map(([key, value]): Cell[] => [
          when,
          `${STORE_LABELS[store]} on ${host.host}`,
          key,
          value === null ? { text: "unknown", tone: "unknown" } : { text: String(value), code: true },
        ]);
      }),
    ),
  );
  if (rows.length === 0) return [];
  const caption = "What each store said of itself";
  return [{ kind: "table", caption, folded: caption, head: ["When", "Store", "What", "Value"], rows }];
}
