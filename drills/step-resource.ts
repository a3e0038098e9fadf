import * as pulumi from "@pulumi/pulumi";
import type { Credentials } from "../settings/credentials";
import type { StepName } from "../settings/steps";
import type { DrillRequest } from "../evidence/drill-request";

interface StepResourceInputs {
  readonly step: StepName;
  readonly drillId: string;
  /** DrillRequest as JSON. */
  readonly request: string;
  /** StepInput["previous"] as JSON. */
  readonly previous: string;
  readonly credentials: Credentials;
}

/**
 * The provider is kept as text in the state and runs in a bare process, so it holds nothing: it finds the real code in
 * the project's folder. `diff` is its own, so that only a new drill id runs a step again; `delete` never acts.
 */
const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: StepResourceInputs) {
    return { id: `${inputs.drillId}.${inputs.step}`, outs: await enter(inputs) };
  },
  async update(_id, _olds, inputs: StepResourceInputs) {
    return { outs: await enter(inputs) };
  },
  diff(_id, olds: StepResourceInputs, news: StepResourceInputs) {
    return Promise.resolve({ changes: olds.drillId !== news.drillId });
  },
  delete() {
    return Promise.resolve();
  },
};

function enter(inputs: StepResourceInputs): Promise<object> {
  /* eslint-disable @typescript-eslint/no-require-imports -- this function is serialised: imports cannot be captured */
  const path = require("node:path") as typeof import("node:path");
  const tsx = require("tsx/cjs/api") as { require: (id: string, from: string) => unknown };
  /* eslint-enable @typescript-eslint/no-require-imports */
  const file = path.join(process.cwd(), "drills", "step-entry.ts");
  const { stepEntry } = tsx.require(file, file) as typeof import("./step-entry");
  return stepEntry(inputs);
}

/** One step of one drill as a resource: it runs once per drill id. */
export class StepResource extends pulumi.dynamic.Resource {
  /** StepReturn as JSON. */
  declare public readonly result: pulumi.Output<string>;

  constructor(
    name: string,
    args: {
      step: StepName;
      request: DrillRequest;
      previous: pulumi.Input<string>;
      credentials: pulumi.Input<Credentials>;
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(
      provider,
      name,
      {
        step: args.step,
        drillId: args.request.id,
        request: JSON.stringify(args.request),
        previous: args.previous,
        credentials: pulumi.secret(args.credentials),
        result: undefined,
      },
      opts,
      "understudy",
      "DrillStep",
    );
  }
}
