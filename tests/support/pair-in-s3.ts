import path from "node:path";
import { setVariables } from "./in-shell";
import { PairOfStacks } from "./pair-of-stacks";
import { S3StandIn } from "./s3-stand-in";
import { temporaryFolder } from "./temporary-folder";
import { toolsOnPath } from "./tools-on-path";
import { understudy, type CommandRun } from "./understudy-command";

const OPERATOR = { AWS_ACCESS_KEY_ID: "an-id", AWS_SECRET_ACCESS_KEY: "hush-hush", AWS_REGION: "eu-central-1" };

/** Two stacks whose states are in S3, and what a test asks of them. */
export interface PairInS3 {
  readonly folder: () => string;
  readonly pair: () => PairOfStacks;
  readonly s3: () => S3StandIn;
  readonly verb: (name: string, ...words: string[]) => Promise<CommandRun>;
}

/**
 * Makes them for the tests of one `describe`, in an S3 server that the tool chain builds, gofakes3: not the service, and not
 * every server that speaks S3.
 */
export function pairInS3(): PairInS3 {
  toolsOnPath();
  const folder = temporaryFolder();
  let putBack = (): void => undefined;
  let s3: S3StandIn;
  let pair: PairOfStacks;
  before(async () => {
    s3 = await S3StandIn.start("state");
    putBack = setVariables({ ...OPERATOR, PULUMI_HOME: path.join(folder(), "home"), PULUMI_BACKEND_URL: undefined });
    pair = new PairOfStacks(folder(), s3.backend);
    await pair.make();
  });
  after(async () => {
    putBack();
    await s3.stop();
  });
  return {
    ...{ folder, pair: () => pair, s3: () => s3 },
    verb: (name, ...words) => understudy(folder(), name, "--env-config", pair.file, ...words),
  };
}
