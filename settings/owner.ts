import type { MadeByContainer } from "./listen";
import { hostWord } from "./host-word";

/** A container that carries our labels and is not this environment's, or not this host's. */
export interface OthersContainer {
  readonly container: string;
  /** `ENVIRONMENT/HOST`, as its labels say. */
  readonly owner: string;
}

/**
 * The containers of a host that another environment has put there, or the same one for another of its hosts. The names of
 * containers, volumes and network are the same in every environment: two of them do not fit on one host. Pure.
 */
export function othersContainers(made: MadeByContainer, environment: string, host: string): readonly OthersContainer[] {
  return [...made].flatMap(([container, { environment: theirs, host: of }]) => {
    if (theirs === undefined || of === undefined || (theirs === environment && of === host)) return [];
    return [{ container, owner: hostWord({ name: theirs }, of) }];
  });
}

/** That a host is somebody else's, in words. */
export function othersWords(host: string, others: readonly OthersContainer[]): string {
  const owners = [...new Set(others.map(({ owner }) => owner))].join(", ");
  return `hosts.${host}.docker: on that machine run ${others.length} containers of ${owners}, such as ${others[0]?.container ?? ""}: two environments do not fit on one host`;
}

/** What an operator does then. */
export function othersNext(host: string): string {
  return `name another machine in hosts.${host}.docker; or take the other environment down, from its own folder: understudy down`;
}
