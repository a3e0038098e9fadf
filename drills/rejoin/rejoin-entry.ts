import type { Credentials } from "../../settings/credentials";
import { loadDeclaredEnvironment } from "../../settings/load-environment";
import { projectFolder } from "../../settings/project-folder";
import { UserError } from "../../settings/user-error";
import { recordRejoin } from "./record-rejoin";

/** Where the provider of the rejoin resource enters: plain data in, plain data out. */
export async function rejoinEntry(inputs: {
  environmentFile: string;
  host: string;
  credentials: Credentials;
}): Promise<{ report: string }> {
  try {
    const options = {
      environment: loadDeclaredEnvironment(inputs.environmentFile),
      credentials: inputs.credentials,
      host: inputs.host,
      acceptOlderTimeline: false,
      onlyUndiverged: true,
      phase: () => undefined,
    };
    const { report } = await recordRejoin(options, { folder: projectFolder() });
    if (report.failure !== null) throw new UserError(report.failure.reason, report.failure.next);
    return { report: JSON.stringify(report) };
  } catch (error) {
    if (error instanceof UserError) throw new Error(`${error.message}; next: ${error.next}`, { cause: error });
    throw error;
  }
}
