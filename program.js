// Where Pulumi enters. Not every language host heeds the options of Pulumi.yaml, and none turns the TypeScript of a
// package: so the program brings its own loader. Pulumi works in this file's folder; providers kept in a state count on it.
module.exports = () => import("./toolchain/register.mjs").then(() => require("./index.ts")());
