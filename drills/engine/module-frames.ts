/**
 * The same error without the frames of its stack that lie in modules: for every error that ends the program.
 * Pulumi colours a stack before it prints or hides it, and has, by its source maps, files directly below
 * `node_modules/@pulumi/`. Node 22 takes such a file for a module without an end, and colours for half a minute until
 * it has no memory left for the text.
 */
export function withoutModuleFrames<T>(error: T): T {
  if (error instanceof Error && error.stack !== undefined) {
    const lines = error.stack.split("\n");
    error.stack = lines.filter((line) => !line.includes("node_modules")).join("\n");
  }
  return error;
}
