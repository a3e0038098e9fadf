import Module from "node:module";

// tsx reads every file that is loaded, modules too, for syntax to turn into an older one. Node 22 loads modules as they
// are: with those of Pulumi a program starts in half the processor time.
const asItIs = Module._extensions[".js"];
await import("tsx");
const turned = Module._extensions[".js"];
Module._extensions[".js"] = (module, file) => (file.includes("/node_modules/") ? asItIs : turned)(module, file);
// Their source maps would be read, too, as tsx has asked for those of every file.
Module.setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
