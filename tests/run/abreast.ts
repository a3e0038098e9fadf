/**
 * Runs `work` on every item, `width` at a time, and gives the results in the order of the items.
 * A rejection ends it: no further item is begun.
 */
export async function abreast<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** Splits the items where `alone` changes or holds: what may run beside each other is in one group, in order. */
export function groupsOf<T>(items: readonly T[], alone: (item: T) => boolean): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let open: T[] | undefined;
  for (const item of items) {
    if (open !== undefined && !alone(item)) open.push(item);
    else groups.push((open = [item]));
    if (alone(item)) open = undefined;
  }
  return groups;
}

/** The items, those that take longest first: so none of them is left to run alone at the end. */
export function longestFirst<T extends { readonly seconds: number }>(items: readonly T[]): readonly T[] {
  return items.toSorted((one, other) => other.seconds - one.seconds);
}
