import type { Environment } from "../../settings/environment";
import { receiversOf } from "../../settings/notify-section";
import { namedHosts } from "../../settings/pair";
import { UserError } from "../../settings/user-error";
import { firstComplaint, openProject } from "../failover/pair-stacks";
import type { OpenReceiver } from "./send";

type ConfigValues = Readonly<Record<string, { readonly value: string; readonly secret?: boolean } | undefined>>;

/**
 * Every receiver with its secret, from the config of the first stack that has them all: a drill that failed is told of also
 * where one stack cannot be opened.
 * @throws UserError, exit code 2, naming what is missing or stands in the clear
 */
export async function openReceivers(environment: Environment): Promise<readonly OpenReceiver[]> {
  const { notify } = environment;
  if (notify === undefined) return [];
  const workspace = await openProject(environment);
  const problems: unknown[] = [];
  for (const { stack } of namedHosts(environment)) {
    try {
      return receiversFrom(notify, stack, await workspace.getAllConfig(stack));
    } catch (error) {
      problems.push(error);
    }
  }
  const known = problems.find((one) => one instanceof UserError);
  if (known !== undefined) throw known;
  throw new UserError(
    `the secrets of the receivers cannot be read: ${firstComplaint(problems[0])}`,
    "understudy doctor",
    2,
  );
}

/** The same from the values of a stack's config. Pure. @throws as `openReceivers` */
export function receiversFrom(
  notify: NonNullable<Environment["notify"]>,
  stack: string,
  config: ConfigValues,
): readonly OpenReceiver[] {
  return receiversOf(notify).map(([name, receiver]) => {
    const { secret: key } = receiver;
    if (key === undefined) return { name, receiver, secret: undefined };
    const entry = config[`understudy:${key}`];
    const set = `pulumi -s ${stack} config set --secret understudy:${key}`;
    const field = `notify.receivers.${name}.secret`;
    if (entry === undefined || entry.value === "")
      throw new UserError(`${field}: stack ${stack} has no understudy:${key}`, set, 2);
    if (entry.secret !== true)
      throw new UserError(
        `${field}: understudy:${key} of stack ${stack} is not encrypted`,
        `pulumi -s ${stack} config rm understudy:${key}; then ${set}`,
        2,
      );
    return { name, receiver, secret: entry.value };
  });
}
