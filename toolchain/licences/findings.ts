import type { Inventory, Taken } from "./inventory";
import type { LicenceTable } from "./table";

/** Licences that nothing may have that is built, shipped or taken in here, by the start of their names. */
const REFUSED = /\b(AGPL|SSPL)/i;

/** What a package states that states no licence but where to find it; what is written there was read. */
const ELSEWHERE = /^SEE LICEN[CS]E IN /i;

/** The licences under which a table has a name. */
export function licencesOf(table: Readonly<Record<string, readonly string[]>>, name: string): readonly string[] {
  return Object.entries(table).flatMap(([licence, names]) => (names.includes(name) ? [licence] : []));
}

function findingsOfKind(
  kind: string,
  table: Readonly<Record<string, readonly string[]>>,
  taken: readonly Taken[],
): readonly string[] {
  const names = new Set(taken.map(({ name }) => name));
  return [
    ...[...names]
      .filter((name) => licencesOf(table, name).length === 0)
      .map((name) => `${kind} ${name}: not in the table`),
    ...Object.entries(table).flatMap(([licence, listed]) => [
      ...(REFUSED.test(licence)
        ? listed.map((name) => `${kind} ${name}: ${licence} is not for what we build or ship`)
        : []),
      ...listed
        .filter((name) => !names.has(name))
        .map((name) => `${kind} ${name}: in the table, and nothing takes it in`),
    ]),
  ];
}

/** Where an installed package says something else of itself than the table. */
function unconfirmed(table: LicenceTable, packages: readonly Taken[]): readonly string[] {
  return packages.flatMap(({ name, version, says }) => {
    const reviewed = licencesOf(table.npm, name);
    if (reviewed.length === 0 || (says !== null && reviewed.includes(says))) return [];
    if (says !== null && ELSEWHERE.test(says) && name in table.notes) return [];
    return [`npm ${name} ${version ?? "?"}: says ${says ?? "nothing"}, reviewed as ${reviewed.join(", ")}`];
  });
}

/** Licences under which the table has a package although no version of it says so. */
function overstated(table: LicenceTable, packages: readonly Taken[]): readonly string[] {
  return Object.entries(table.npm).flatMap(([licence, names]) =>
    names
      .filter((name) => licencesOf(table.npm, name).length > 1)
      .filter((name) => !packages.some((one) => one.name === name && one.says === licence))
      .map((name) => `npm ${name}: no version of it says ${licence}`),
  );
}

/** What is wrong with the table, one line each; empty when it holds all that is taken in, as that says of itself. Pure. */
export function licenceFindings(table: LicenceTable, inventory: Inventory): readonly string[] {
  const images = new Set(inventory.upstream.map(({ name }) => name));
  const known = new Set([...inventory.npm, ...inventory.go, ...inventory.debian].map(({ name }) => name));
  return [
    ...findingsOfKind("npm", table.npm, inventory.npm),
    ...unconfirmed(table, inventory.npm),
    ...overstated(table, inventory.npm),
    ...findingsOfKind("Go", table.go, inventory.go),
    ...findingsOfKind("Debian", table.debian, inventory.debian),
    ...[...images].filter((name) => !(name in table.upstream)).map((name) => `image ${name}: not in the table`),
    ...Object.keys(table.upstream)
      .filter((name) => !images.has(name))
      .map((name) => `image ${name}: in the table, and nothing names it`),
    ...Object.keys(table.notes)
      .filter((name) => !known.has(name))
      .map((name) => `note on ${name}: nothing takes it in`),
  ];
}
