import path from "node:path";
import * as ts from "typescript";
import { parseAllDocuments } from "yaml";

/** One object of a manifest, as YAML has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

interface Model {
  validate(): void;
}

/** Reads every object of a manifest file. @throws Error when it is no YAML, or has a key twice */
export function readManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true }).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS() as Manifest;
  });
}

/** Where the package with the API's models keeps the one of a manifest, such as `kubernetes-models/batch/v1/Job`. */
const moduleOf = ({ apiVersion, kind }: Manifest): string => `kubernetes-models/${apiVersion}/${kind}`;

/** What the Kubernetes API's own schema has against a manifest: wrong values and fields that are missing. */
export async function valueFaults(manifest: Manifest): Promise<readonly string[]> {
  try {
    const models = (await import(moduleOf(manifest))) as Record<string, new (data: unknown) => Model>;
    const model = models[manifest.kind];
    if (model === undefined) return [`${manifest.apiVersion} has no ${manifest.kind}`];
    new model(manifest).validate();
    return [];
  } catch (thrown) {
    return [thrown instanceof Error ? thrown.message : String(thrown)];
  }
}

/**
 * What the schema's types have against manifests: fields that the API does not know, which its JSON Schema lets pass and
 * a cluster drops. The manifests become literals of the API's types for the TypeScript compiler.
 */
export function unknownFields(manifests: readonly Manifest[]): readonly string[] {
  const file = path.resolve("tests/support/manifests-as-types.ts");
  const source = manifests
    .map((one) => {
      const type = `import(${JSON.stringify(moduleOf(one))}).I${one.kind}`;
      return `export const _${String(manifests.indexOf(one))}: ${type} = ${JSON.stringify(one)};`;
    })
    .join("\n");
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([file], options, {
    ...host,
    fileExists: (name) => name === file || host.fileExists(name),
    getSourceFile: (name, target, ...rest) =>
      name === file ? ts.createSourceFile(name, source, target) : host.getSourceFile(name, target, ...rest),
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}
