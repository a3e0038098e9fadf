import { licencesOf } from "./findings";
import { DEVELOPMENT, RUN_TIME, type Inventory, type Taken } from "./inventory";
import { TABLE_FILE, type LicenceTable } from "./table";

/** The page that is made from the table. */
export const PAGE_FILE = "THIRD_PARTY.md";

const HEAD = `# Third-party software

Made by \`npm run generate\` from \`${TABLE_FILE}\`, which is reviewed by hand, and from the files that name what is used.
A test refuses what is not in that table, a licence that an npm package does not state itself, and AGPL or SSPL in what
is built or shipped here. Understudy itself is Apache-2.0.

Nobody else's software is in this repository or in its npm package. npm fetches its dependencies, Go fetches the modules
of the tool chain, and Debian's tools fetch Debian's packages, each on the machine of the person who sets it up.
`;

/** Lists names with their versions under each licence. @param what ends the headings, such as `Go modules` */
function underLicences(
  table: Readonly<Record<string, readonly string[]>>,
  taken: readonly Taken[],
  notes: LicenceTable["notes"],
  what: string,
): string {
  const sections = Object.keys(table).flatMap((licence) => {
    const here = taken.filter(({ name, says }) => {
      const reviewed = licencesOf(table, name);
      return reviewed.includes(licence) && (reviewed.length === 1 || says === licence);
    });
    const names = [...new Set(here.map(({ name }) => name))].sort();
    const items = names.map((name) => {
      const versions = new Set(here.flatMap((one) => (one.name === name ? (one.version ?? []) : [])));
      const note = notes[name] === undefined ? "" : `: ${notes[name]}`;
      return `- ${[`\`${name}\``, [...versions].sort().join(", ")].join(" ").trim()}${note}`;
    });
    return items.length === 0 ? [] : [{ licence, text: items.join("\n"), count: items.length }];
  });
  return sections
    .sort((one, other) => other.count - one.count || (one.licence < other.licence ? -1 : 1))
    .map(({ licence, text, count }) => `### ${licence}: ${count} ${what}\n\n${text}\n`)
    .join("\n");
}

function upstreamSection(table: LicenceTable, { upstream }: Inventory): string {
  const items = upstream.map(({ name, version }) => {
    const { licence = "", words } = table.upstream[name] ?? {};
    return `- \`${name}:${version ?? ""}\`: ${licence}${words === undefined ? "" : `. ${words}`}`;
  });
  return `## Images that users pull

Run by our users from upstream's image; not built, changed or shipped by us. The environment files name them. A lab whose
operator reaches their registry copies them, unchanged, into its own registry.

${items.join("\n")}
`;
}

/** Debian packages under a title for each place that they come to. */
function byPlace({ debian: table, notes }: LicenceTable, taken: readonly Taken[]): string {
  const places = new Map<string, Set<string>>();
  for (const { name, by } of taken) places.set(by, (places.get(by) ?? new Set()).add(name));
  return [...places]
    .map(([by, names]) => {
      const items = [...names].sort().map((name) => {
        const note = notes[name] === undefined ? "" : ` (${notes[name]})`;
        return `- \`${name}\`: ${licencesOf(table, name).join(", ")}${note}`;
      });
      return `### ${by.includes("/") ? `In the image of \`${by}\`` : `${by.charAt(0).toUpperCase()}${by.slice(1)}`}\n\n${items.join("\n")}\n`;
    })
    .join("\n");
}

/** The whole page. Pure. */
export function thirdPartyPage(table: LicenceTable, inventory: Inventory): string {
  const { npm, go, debian } = inventory;
  const running = new Set(npm.flatMap(({ name, by }) => (by === RUN_TIME ? [name] : [])));
  const [atRunTime, forDevelopment] = [RUN_TIME, DEVELOPMENT].map((by) => npm.filter((one) => one.by === by));
  const programs = [...new Set(go.map(({ by }) => by))].map((one) => `\`${one}\``).join(", ");
  return [
    HEAD,
    upstreamSection(table, inventory),
    `## Programs from Debian

Debian's packages that are asked for by name. What they depend on comes with them: all of it is in Debian's \`main\`, free
software by Debian's guidelines, and each package has its copyright file. Where no registry answers, the lab builds its
images from them. Grafana, Loki and Tempo are not among them: their stand-ins are programs of this project, in Go, on its
standard library (BSD-3-Clause) alone.
`,
    byPlace(table, debian),
    `## npm packages at run time (${running.size})\n`,
    underLicences(table.npm, atRunTime ?? [], table.notes, RUN_TIME),
    `## npm packages for development only\n`,
    underLicences(table.npm, forDevelopment ?? [], table.notes, DEVELOPMENT),
    `## Go modules of the tool chain

Pulumi's own programs are Apache-2.0. Where they cannot be downloaded, they are built from Go modules, as are a checker and
a stand-in for S3 that the tests use: ${programs}. These are all modules that their \`go.mod\` files require, for any
system; Go's standard library (BSD-3-Clause) is in each.
`,
    underLicences(table.go, go, table.notes, "Go modules"),
  ].join("\n");
}
