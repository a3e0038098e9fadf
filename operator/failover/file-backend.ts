import { fileURLToPath } from "node:url";

/** The folder of a backend of files, in which Pulumi has its `.pulumi`; undefined when the backend is another. */
export function fileBackendFolder(backend: string): string | undefined {
  if (!backend.startsWith("file://")) return undefined;
  return fileURLToPath(backend.replace(/^file:\/\/~/, `file://${process.env["HOME"] ?? "/"}`));
}
