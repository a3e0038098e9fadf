import { distributionOf, nearestRank, type Distribution } from "../distribution";

/** The ways that are compared: to the primary itself, through the door of its host, through the other host's door. */
export const REST_ROUTES = ["direct", "own door", "other door"] as const;

/** One of these ways. */
export type RestRoute = (typeof REST_ROUTES)[number];

/** What is asked at rest. */
export const REST_QUESTIONS = ["SELECT 1", "GET"] as const;

/** One of these questions. */
export type RestQuestion = (typeof REST_QUESTIONS)[number];

/** Latencies of one round of one question by one way, milliseconds. */
export interface RestRound {
  readonly question: RestQuestion;
  readonly route: RestRoute;
  readonly round: number;
  readonly times: readonly number[];
}

/** What one question costs by one way. The ratio is that of the middles of one round each, so that both meet the same machine. */
export interface RestCost {
  readonly question: RestQuestion;
  readonly route: RestRoute;
  readonly asked: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** To the direct way, of each round. */
  readonly ratio: { readonly least: number | null; readonly p50: number | null; readonly most: number | null };
  readonly rounds: Distribution;
}

const hundredth = (value: number): number => Math.round(value * 100) / 100;

/** The order of the ways in a round: none is always the first. */
export function routesOfRound(round: number): readonly RestRoute[] {
  const by = round % REST_ROUTES.length;
  return [...REST_ROUTES.slice(by), ...REST_ROUTES.slice(0, by)];
}

/** Sums rounds up, by question and way. Pure. */
export function restCosts(rounds: readonly RestRound[]): readonly RestCost[] {
  const middle = (question: RestQuestion, route: RestRoute, round: number): number | null =>
    nearestRank(
      rounds
        .filter((one) => one.question === question && one.route === route && one.round === round)
        .flatMap((one) => one.times),
      50,
    );
  return REST_QUESTIONS.flatMap((question) =>
    REST_ROUTES.flatMap((route): RestCost[] => {
      const own = rounds.filter((one) => one.question === question && one.route === route);
      if (own.length === 0) return [];
      const times = own.flatMap((one) => one.times);
      const numbers = [...new Set(own.map((one) => one.round))];
      const ratios = numbers.flatMap((round) => {
        const [mine, direct] = [middle(question, route, round), middle(question, "direct", round)];
        return mine === null || direct === null || direct === 0 ? [] : [hundredth(mine / direct)];
      });
      return [
        {
          ...{ question, route, asked: times.length, p50Ms: nearestRank(times, 50), p99Ms: nearestRank(times, 99) },
          ratio: {
            least: ratios.length === 0 ? null : Math.min(...ratios),
            p50: nearestRank(ratios, 50),
            most: nearestRank(ratios, 100),
          },
          rounds: distributionOf(numbers.map((round) => middle(question, route, round))),
        },
      ];
    }),
  );
}

const figure = (value: number | null): string => (value === null ? "unknown" : value.toFixed(2));

/** The costs at rest for a person. */
export function restText(costs: readonly RestCost[]): readonly string[] {
  return costs.map(({ question, route, asked, p50Ms, p99Ms, ratio, rounds }) => {
    const against =
      route === "direct"
        ? ""
        : `; ${figure(ratio.p50)} times the direct way, ${figure(ratio.least)} to ${figure(ratio.most)} in ${rounds.measured} rounds`;
    return `  at rest, ${question}, ${route}: p50 ${figure(p50Ms)} ms, p99 ${figure(p99Ms)} ms (${asked} asked)${against}`;
  });
}
