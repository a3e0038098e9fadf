import type { Cell } from "../report-model";
import type { SectionMaker } from "../section-maker";

/** Services that are not the real product, by name. */
export const standInsSection: SectionMaker = ({ document }) => {
  const standIns = new Map(
    document.services.flatMap(({ service, standIn }) =>
      standIn === null ? [] : [[`${service}: ${standIn}`, service]],
    ),
  );
  const items: Cell[] = [...standIns.keys()].map((text) => ({ text, tone: "warn" }));
  const none =
    document.services.length === 0
      ? { text: "Unknown: the drill ended before it had read what runs on the hosts.", tone: "unknown" as const }
      : "None: every service is declared to be the real product.";
  return {
    id: "stand-ins",
    title: "Stand-ins",
    blocks: items.length > 0 ? [{ kind: "list", items }] : [{ kind: "text", text: none }],
  };
};
