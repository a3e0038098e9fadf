// Where Pulumi enters. Not every language host heeds the options of Pulumi.yaml, and none turns the TypeScript of a
// package: so the program brings its own loader. Pulumi works in this file's folder; providers kept in a state count on it.
module.exports = () =>
  import("./toolchain/register.mjs").then(() => {
    // Pulumi looks up where each promise and each resource was made, by an error without a message, and in the source map
    // of every file on the way: a sixth of the processor time of a preview, for what nobody sees.
    const looksUp = Error.prepareStackTrace;
    if (looksUp !== undefined)
      Error.prepareStackTrace = (error, frames) => (error.message === "" ? "" : looksUp(error, frames));
    return require("./index.ts")();
  });
