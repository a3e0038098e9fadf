import * as pulumi from "@pulumi/pulumi";

/** What `waitingProgram` declares when its config has `understudy:waits`. */
export const WAITS = "waits";

/** A Pulumi program of one resource; with `understudy:waits` a second one takes half a minute to be made. */
export function waitingProgram(): Record<string, unknown> {
  const waits = new pulumi.Config("understudy").getBoolean("waits") === true;
  const made = new Made("made", 0);
  if (waits) new Made(WAITS, 30_000, { dependsOn: [made] });
  return {};
}

class Made extends pulumi.dynamic.Resource {
  constructor(name: string, ms: number, options: pulumi.CustomResourceOptions = {}) {
    const create = ({ ms: wait }: { readonly ms: number }): Promise<pulumi.dynamic.CreateResult> =>
      new Promise((resolve) => setTimeout(() => resolve({ id: "made" }), wait));
    super({ create }, name, { ms }, options);
  }
}
