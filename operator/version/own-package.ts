import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

const packageSchema = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });

/** What this program's own `package.json` says: its version, and the exact version of each package that it is built with. */
export function ownPackage(): z.infer<typeof packageSchema> {
  const file = path.resolve(__dirname, "../../package.json");
  return packageSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}

/** The version of Pulumi's SDK, which the engine must fit. */
export function pinnedPulumi(): string {
  return ownPackage().dependencies["@pulumi/pulumi"] ?? "0";
}
