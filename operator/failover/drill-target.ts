/**
 * The drill's component and its steps in any stack, as `--target` takes it. A pattern: a URN that is named in full must
 * already be in the state or in the program, and a stack's first drill, and a dry run, have none.
 */
export const DRILL_TARGET = "**index:Drill**";

/** Whether a resource is a part of a drill, by its URN. */
export function isOfDrill(urn: string): boolean {
  return urn.includes("understudy:index:Drill");
}
