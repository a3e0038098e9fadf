import type { DrillClock } from "../hosts/clock";
import { healthOf } from "../hosts/health-checks";
import { firstFailure } from "../hosts/swap-checks";
import type { Check, Failure, Mark, StepResult } from "../../evidence/document";
import type { StepEnding } from "../../evidence/drill-facts";
import type { DrillRequest } from "../../evidence/drill-request";
import { OTHER_SERVICES } from "../../settings/services";
import type { StepName } from "../../settings/steps";
import { messageOf } from "../../settings/user-error";

/** What an operator does whose planned drill finds a host away. */
export function unreachableNext({ kind, toHost }: Pick<DrillRequest, "kind" | "toHost">): string {
  return kind === "planned"
    ? `understudy status; if the primary is gone: understudy failover --unplanned --to ${toHost}`
    : "understudy status";
}

/** What an operator does whose drill is refused by these checks of its precheck: sick services need not keep the stores. */
export function precheckNext(checks: readonly Check[], request: Pick<DrillRequest, "kind" | "toHost">): string {
  const failed = checks.filter(({ ok }) => !ok);
  const ofServices = failed.every(({ name }) => OTHER_SERVICES.some((service) => name === healthOf(service)));
  return failed.length > 0 && ofServices
    ? `understudy status; to leave the other services as they are: understudy switchover --stores-only --to ${request.toHost}`
    : unreachableNext(request);
}

/** A step that could not do its work: what, where, why, what was undone, and the next command. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";

  constructor(readonly failure: Failure) {
    super(failure.reason);
  }
}

/** Collects what one step sees and does, on the drill's clock. */
export class StepRecorder {
  readonly #checks: Check[] = [];
  readonly #marks: Mark[] = [];
  readonly #startedAt = new Date().toISOString();
  readonly #startedAtMs: number;

  constructor(
    readonly step: StepName,
    readonly drillId: string,
    private readonly clock: DrillClock,
  ) {
    this.#startedAtMs = clock.now();
  }

  /** When the step began, milliseconds after the drill's zero. */
  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  /** Milliseconds after the drill's zero. */
  now(): number {
    return this.clock.now();
  }

  /** Notes a moment, and returns it in milliseconds after the drill began. */
  mark(name: string, host: string | null): number {
    const atMs = this.clock.now();
    this.#marks.push({ name, host, atMs });
    return atMs;
  }

  /** Notes comparisons, whether they hold or not. */
  note(checks: readonly Check[]): void {
    this.#checks.push(...checks);
  }

  /** Notes comparisons. @throws StepFailure naming the first that does not hold */
  require(checks: readonly Check[], next: string): void {
    this.note(checks);
    const failed = firstFailure(checks);
    if (failed) throw new StepFailure({ ...failed, next, undone: null });
  }

  /** How the step ended, when it did not throw. */
  ended(ending: StepEnding | undefined): StepResult {
    return this.#result(ending?.status ?? "passed", ending?.status === "failed" ? ending.failure : null);
  }

  failed(thrown: unknown): StepResult {
    const failure =
      thrown instanceof StepFailure
        ? thrown.failure
        : { reason: messageOf(thrown), host: null, next: "understudy status", undone: null };
    return this.#result("failed", failure);
  }

  skipped(): StepResult {
    return this.#result("skipped", null);
  }

  #result(status: StepResult["status"], failure: Failure | null): StepResult {
    return {
      step: this.step,
      drillId: this.drillId,
      status,
      startedAt: this.#startedAt,
      finishedAt: new Date().toISOString(),
      originNs: this.clock.originNs,
      startedAtMs: this.#startedAtMs,
      finishedAtMs: this.clock.now(),
      checks: this.#checks,
      marks: this.#marks,
      failure,
      factsSha256: null,
    };
  }
}
