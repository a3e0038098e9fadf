import { encryptionOf } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import type { DeclaredLab } from "./backups/alternate-swaps";

/** Why a series cannot be run with these environment files, and what can. */
export interface WishProblem {
  readonly why: string;
  readonly next: string;
}

const AGENT = "configs/deploy/environments/lab_agent.yaml";
const DOORS = "configs/deploy/environments/lab_doors.yaml";

/** The mode that a file asks for; where it says nothing the lab's own certificates decide, which a file cannot know. */
const modeIn = (environment: Environment): string =>
  environment.encryption ?? `${encryptionOf({}, true)} with certificates, ${encryptionOf({}, false)} without`;

/** What of the watchers and doors a file declares. */
const extras = ({ agent, exporters, logs, clients }: Environment): readonly string[] => [
  ...(agent === undefined ? [] : ["agent"]),
  ...(exporters === undefined ? [] : ["exporters"]),
  ...(logs === undefined ? [] : ["logs"]),
  ...(clients === undefined ? [] : ["clients"]),
];

/**
 * Why a series says nothing with these files; undefined when it does. Pure.
 * @param measured what is measured
 * @param against what it is compared with, in the series that compare
 */
export function wishProblem(
  series: "clients" | "size" | "soak" | "tls" | "agents",
  measured: DeclaredLab,
  against: DeclaredLab | undefined,
): WishProblem | undefined {
  const again = `understudy lab bench --series ${series} --environment`;
  if (namedHosts(measured.environment).length !== 2)
    return { why: `${measured.file} has one host: there is nobody to switch over to`, next: `${again} ${DOORS}` };
  if ((series === "clients" || series === "soak") && measured.environment.clients === undefined)
    return {
      why: `${measured.file} has no section clients: without doors there is nothing that clients could go through`,
      next: `${again} ${DOORS}`,
    };
  if (against === undefined) return undefined;
  const [mode, other] = [modeIn(measured.environment), modeIn(against.environment)];
  if (series === "tls" && mode === other)
    return {
      why: `${measured.file} and ${against.file} have the same encryption, ${mode}: there is nothing to compare`,
      next: "understudy lab bench --series tls --environment FILE --against FILE, one encrypted, one with encryption: plain",
    };
  if (series === "tls" && against.environment.encryption !== "plain")
    return {
      why: `${against.file} is what the encrypted lab is compared with, and its encryption is ${other}`,
      next: `${again} ${measured.file} --against FILE, with encryption: plain`,
    };
  if (series !== "agents") return undefined;
  const [more, fewer] = [extras(measured.environment), extras(against.environment)];
  if (more.length === 0 || more.every((one) => fewer.includes(one)))
    return {
      why: `${measured.file} has nothing of agent, exporters, logs and clients that ${against.file} has not`,
      next: `${again} ${AGENT}`,
    };
  if (mode !== other)
    return {
      why: `${measured.file} is ${mode} and ${against.file} is ${other}: what would be seen is not the agents alone`,
      next: `${again} ${measured.file} --against FILE, with the same encryption`,
    };
  return undefined;
}
