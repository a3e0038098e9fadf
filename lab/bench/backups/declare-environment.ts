import { readFileSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { LAB_HOSTS } from "../../host/layout";
import { stackConfigFile } from "../../host/project";

/** Lets both of the lab's stacks declare this environment file; nothing is brought up yet. */
export function declareEnvironment(file: string): void {
  for (const { stack } of LAB_HOSTS) {
    const config = stackConfigFile(stack);
    const document = parseDocument(readFileSync(config, "utf8"));
    document.setIn(["config", "understudy:environment"], file);
    writeFileSync(config, document.toString());
  }
}
