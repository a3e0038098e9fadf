import { WEEKDAYS, type DrillCalendar } from "../../settings/drills-section";

/** One time in which a drill may begin. */
export interface DrillWindow {
  readonly begin: Date;
  readonly end: Date;
}

const DAY_MS = 24 * 60 * 60_000;

/** So far ahead a window is looked for: a year, and a blackout that is longer than a summer. */
const HORIZON_DAYS = 500;

/**
 * The windows that are open at a moment or open later, the first to end first. One that a blackout touches is none. Pure.
 * @param most so many at most
 */
export function windowsFrom({ windows, blackouts }: DrillCalendar, now: Date, most: number): readonly DrillWindow[] {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const found: DrillWindow[] = [];
  // From yesterday on: one that began then may be open past midnight.
  for (let at = -1; at < HORIZON_DAYS && found.length < most; at += 1) {
    const day = today + at * DAY_MS;
    const weekday = WEEKDAYS[new Date(day).getUTCDay()];
    const ofDay = windows
      .filter(({ days }) => weekday !== undefined && days.includes(weekday))
      .map(({ from, to }) => {
        const [begin, end] = [day + clockMs(from), day + clockMs(to)];
        return { begin: new Date(begin), end: new Date(end <= begin ? end + DAY_MS : end) };
      })
      .filter((one) => one.end > now && !blackouts.some((black) => touches(one, black)))
      .sort((left, right) => left.begin.getTime() - right.begin.getTime());
    found.push(...ofDay);
  }
  return found.slice(0, most);
}

function clockMs(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return (hours * 60 + minutes) * 60_000;
}

function touches({ begin, end }: DrillWindow, { from, to }: DrillCalendar["blackouts"][number]): boolean {
  return (
    begin.getTime() < Date.parse(`${to}T00:00:00.000Z`) + DAY_MS && end.getTime() > Date.parse(`${from}T00:00:00.000Z`)
  );
}
