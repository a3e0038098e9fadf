import { expect } from "chai";
import type { HealthStatus } from "../../../../evidence/health-report";
import type { ServiceAnswer } from "../../../../drills/hosts/readiness";
import { judgeHealth } from "../../../../operator/health/judge-health";
import type { ContainerState } from "../../../../drills/hosts/container-state";

const READY: ServiceAnswer = { kind: "ready", latencyMs: 1 };
const NOT_READY: ServiceAnswer = { kind: "not-ready", latencyMs: 1, detail: "answers 503 at /ready" };
const REFUSED: ServiceAnswer = { kind: "silent", refused: true, detail: "connection refused" };
const UNTOLD: ServiceAnswer = {
  kind: "cannot-tell",
  code: "CERT_HAS_EXPIRED",
  detail: "cannot tell: CERT_HAS_EXPIRED",
};
const SILENT: ServiceAnswer = { kind: "silent", refused: false, detail: "no answer" };

const RUNNING: ContainerState = {
  ...{ read: true, running: true, status: "running", health: "healthy", said: "", image: "redis:7" },
  since: "2026-11-23T10:00:00.000Z",
};
const with_ = (changes: Partial<Extract<ContainerState, { read: true }>>): ContainerState => ({
  ...RUNNING,
  ...changes,
});
const MISSING: ContainerState = { read: false, missing: true, reason: "no such container" };
const UNREAD: ContainerState = { read: false, missing: false, reason: "ssh ended with 255" };

describe("the health of a service", () => {
  const cases: readonly (readonly [string, ServiceAnswer, ContainerState, HealthStatus, RegExp | null])[] = [
    ["it answers and its container is healthy", READY, RUNNING, "healthy", null],
    ["it answers and its container has no check", READY, with_({ health: "none" }), "healthy", null],
    ["it answers before its container's first check", READY, with_({ health: "starting" }), "healthy", null],
    ["it answers that it is not ready", NOT_READY, RUNNING, "unhealthy", /503/],
    ["its container is fine and nothing answers", SILENT, RUNNING, "unhealthy", /no answer/],
    ["its certificate is no good", UNTOLD, RUNNING, "unknown", /CERT_HAS_EXPIRED/],
    ["its certificate is no good and its engine is silent", UNTOLD, UNREAD, "unknown", /CERT_HAS_EXPIRED.*ssh ended/],
    [
      "its container has ended, whatever a certificate is",
      UNTOLD,
      with_({ running: false, status: "exited" }),
      "unhealthy",
      /exited/,
    ],
    ["its container has ended", REFUSED, with_({ running: false, status: "exited" }), "unhealthy", /exited/],
    ["its container is paused", SILENT, with_({ running: false, status: "paused" }), "unhealthy", /paused/],
    [
      "the boot guard holds it",
      REFUSED,
      with_({ health: "unhealthy", said: "held was primary" }),
      "unhealthy",
      /^held/,
    ],
    [
      "it is held before its first check counts",
      REFUSED,
      with_({ health: "starting", said: "held x" }),
      "unhealthy",
      /^held/,
    ],
    [
      "its check fails although it answers",
      READY,
      with_({ health: "unhealthy" }),
      "unhealthy",
      /container is unhealthy/,
    ],
    ["there is no container", REFUSED, MISSING, "unhealthy", /no container/],
    ["its engine is silent and its port refuses", REFUSED, UNREAD, "unhealthy", /refused/],
    ["its engine is silent and it says it is not ready", NOT_READY, UNREAD, "unhealthy", /503/],
    ["nobody answers at all", SILENT, UNREAD, "unknown", /no answer.*ssh ended/],
    ["it answers and its engine is silent", READY, UNREAD, "healthy", /could not be read/],
  ];
  for (const [what, answer, container, status, reason] of cases) {
    it(`is ${status} when ${what}`, () => {
      const verdict = judgeHealth(answer, container);
      expect(verdict.status).to.equal(status);
      if (reason === null) expect(verdict.reason).to.equal(null);
      else expect(verdict.reason).to.match(reason);
    });
  }
});
