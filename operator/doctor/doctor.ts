import type { Environment } from "../../settings/environment";
import { namedHosts, viewFrom } from "../../settings/pair";
import { accountFindings } from "./account-findings";
import { applicationFindings } from "./application-findings";
import { backupToolFindings } from "./backup-tool-findings";
import { containerFindings } from "./container-findings";
import { encryptionFindings } from "./encryption-findings";
import { exchangeFindings } from "./exchange-findings";
import type { Finding } from "./finding";
import { followingFindings } from "./following-findings";
import { forwardFindings } from "./forward-findings";
import { hostFindings } from "./host-findings";
import { listenFindings } from "./listen-findings";
import { logFindings } from "./log-findings";
import { operatorFindings } from "./operator-findings";
import { peerPortFindings } from "./peer-port-findings";
import { portFindings } from "./port-findings";
import { reachFindings } from "./reach-findings";
import { stackFindings } from "./stack-findings";
import { redisEncryptionFindings } from "./redis-encryption-findings";
import { redisUserFindings } from "./redis-user-findings";
import { sessionFindings } from "./session-findings";
import { settingsFindings } from "./settings-findings";
import { versionFindings } from "./version-findings";

/** Everything that was looked at. */
export interface Diagnosis {
  readonly readAt: string;
  readonly environment: string;
  readonly findings: readonly Finding[];
  /** Whether every finding is good. */
  readonly good: boolean;
}

/**
 * Looks at this machine, the stacks and every host; changes nothing, and takes some seconds whatever does not answer.
 * @param pinnedPulumi version of the SDK that this project is built with
 */
export async function diagnose(
  environment: Environment,
  environmentFile: string,
  pinnedPulumi: string,
): Promise<Diagnosis> {
  const findings = await Promise.all([
    operatorFindings(pinnedPulumi),
    stackFindings(environment, environmentFile),
    exchangeFindings(environment, environmentFile),
    applicationFindings(environment),
    settingsFindings(environment),
    ...namedHosts(environment).map(async (host) => {
      const { peer } = viewFrom(environment, host.name);
      return [
        ...(await hostFindings(host)),
        ...(await sessionFindings(host)),
        ...(await forwardFindings(host, environment)),
        ...(await portFindings(host, environment)),
        ...(await listenFindings(host)),
        ...(await reachFindings(host, peer, environment)),
        ...(await accountFindings(host, environment)),
        ...(await encryptionFindings(host, environment)),
        ...(await redisEncryptionFindings(host, environment)),
        ...(await redisUserFindings(host, environment)),
        ...(await versionFindings(host)),
        ...(await backupToolFindings(host, environment)),
        ...(await logFindings(host, environment)),
        ...(await containerFindings(host, environment)),
        ...(peer === undefined
          ? []
          : [...(await peerPortFindings(host, peer, environment)), ...(await followingFindings(host))]),
      ];
    }),
  ]);
  const all = findings.flat();
  return {
    readAt: new Date().toISOString(),
    environment: environment.name,
    findings: all,
    good: all.every((one) => one.state === "good"),
  };
}
