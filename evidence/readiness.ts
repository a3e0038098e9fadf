import type { Basis } from "./basis";

/** One executed drill of the past, as far as it counts here. */
export interface PastRehearsal {
  readonly id: string;
  readonly evidence: string;
  readonly finishedAt: string;
  /** Whether the verifier accepts it, by its own objectives, and it was of all services. */
  readonly accepted: boolean;
  /** What became of it, in one sentence. */
  readonly sentence: string;
  /** What was rehearsed; undefined where the evidence does not say. */
  readonly basis: Basis | undefined;
}

/** Whether the pair is ready to take over, as far as it was rehearsed. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, each in words; empty when it is ready. */
  readonly reasons: readonly string[];
  /** The last accepted rehearsal; null when there is none. */
  readonly rehearsal: Pick<PastRehearsal, "id" | "evidence" | "finishedAt"> | null;
  /** When that rehearsal is too old; null when there is none. */
  readonly validUntil: string | null;
}

const DAY_MS = 24 * 60 * 60_000;

/** What the judgement is made of. */
export interface ReadinessFacts {
  /** The executed drills, the newest first, as far back as the last accepted one. */
  readonly rehearsals: readonly PastRehearsal[];
  /** What of newer evidence could not be read, each in words. */
  readonly unreadable: readonly string[];
  /** What the pair is declared by now. */
  readonly basis: Basis;
  readonly everyDays: number;
  readonly now: Date;
}

/**
 * Ready only while the last executed drill was accepted, is younger than `everyDays`, and was of what is declared now.
 * What the evidence does not say is not known, and not ready. Pure.
 */
export function judgeReadiness({ rehearsals, unreadable, basis, everyDays, now }: ReadinessFacts): Readiness {
  const last = rehearsals.find(({ accepted }) => accepted);
  const since = last === undefined ? rehearsals : rehearsals.slice(0, rehearsals.indexOf(last));
  const validUntil = last === undefined ? null : new Date(Date.parse(last.finishedAt) + everyDays * DAY_MS);
  const reasons = [
    ...since.slice(0, 1).map(({ id, sentence }) => `drill ${id} was not accepted: ${sentence}`),
    ...unreadable,
    ...(last === undefined ? ["no accepted drill is known"] : []),
    ...(validUntil !== null && validUntil <= now
      ? [`the last accepted drill is older than ${everyDays} days: ${last?.finishedAt ?? ""}`]
      : []),
    ...(validUntil !== null && Date.parse(last?.finishedAt ?? "") > now.getTime()
      ? [`the last accepted drill ended after now, ${now.toISOString()}: a clock is wrong`]
      : []),
    ...(last === undefined ? [] : changes(last.basis, basis)),
  ];
  return {
    ready: reasons.length === 0,
    reasons,
    rehearsal: last === undefined ? null : { id: last.id, evidence: last.evidence, finishedAt: last.finishedAt },
    validUntil: validUntil?.toISOString() ?? null,
  };
}

/** What is another one than was rehearsed, each in words. */
function changes(rehearsed: Basis | undefined, now: Basis): readonly string[] {
  if (rehearsed === undefined) return ["the evidence does not say what was rehearsed"];
  const names = [...new Set([...Object.keys(rehearsed.images), ...Object.keys(now.images)])].sort();
  const images = names.flatMap((name) => {
    const [then, declared] = [rehearsed.images[name] ?? "none", now.images[name] ?? "none"];
    return then === declared ? [] : [`the image of ${name} was ${then} and is ${declared}`];
  });
  const differ = (what: string, key: "environmentFileSha256" | "settingsSha256" | "keysSha256"): readonly string[] =>
    rehearsed[key] === now[key] ? [] : [`${what} changed since`];
  return [
    ...(rehearsed.program === now.program ? [] : [`Understudy was ${rehearsed.program} and is ${now.program}`]),
    ...images,
    ...differ("the environment file has", "environmentFileSha256"),
    ...differ("settings in the stacks' config have", "settingsSha256"),
    ...differ("keys, passwords or certificates in the stacks' config have", "keysSha256"),
  ];
}
