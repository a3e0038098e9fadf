import type { EvidenceDocument } from "../../document";
import type { Block, Cell, SectionMaker } from "../report-model";

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

/** What ran: versions as the stores say them, images and their digests. */
export const versionsSection: SectionMaker = ({ document }) => ({
  id: "versions",
  title: "Versions and images",
  blocks: [versionsBlock(document), imagesBlock(document)],
});

function versionsBlock({ versions }: EvidenceDocument): Block {
  const rows = Object.entries(versions).map(([what, version]): Cell[] => [what, { text: version, code: true }]);
  if (rows.length === 0) return { kind: "text", text: { text: "Versions are unknown.", tone: "unknown" } };
  return { kind: "table", caption: "Versions", head: ["What", "Version"], rows };
}

function imagesBlock({ services }: EvidenceDocument): Block {
  if (services.length === 0) return { kind: "text", text: { text: "Images are unknown.", tone: "unknown" } };
  const hostsOf = new Map<string, string[]>();
  for (const { service, image, host } of services) {
    const key = `${service}\n${image}`;
    hostsOf.set(key, [...(hostsOf.get(key) ?? []), host]);
  }
  const rows = [...hostsOf].map(([key, hosts]): Cell[] => {
    const [service = "", image = ""] = key.split("\n");
    const { name, digest } = splitImage(image);
    return [
      service,
      hosts.join(", "),
      { text: name, code: true },
      digest === null ? { text: "unknown: not pinned by digest", tone: "unknown" } : { text: digest, code: true },
    ];
  });
  return { kind: "table", caption: "Images", head: ["Service", "Host", "Image", "Digest"], rows };
}

/** An image reference as its name and its digest; null where it names none. */
export function splitImage(image: string): { readonly name: string; readonly digest: string | null } {
  const at = image.indexOf("@");
  return at < 0 ? { name: image, digest: null } : { name: image.slice(0, at), digest: image.slice(at + 1) };
}
