import path from "node:path";
import ts from "typescript";
import { ROOT } from "./documentation/pages";

/** Texts in place of those of the checkout, by path from it. A path that is not in the checkout is a new file. */
export type Changes = Readonly<Record<string, string>>;

/**
 * The compiler over the whole checkout, with some texts changed. What it has parsed it keeps: a second question costs less
 * than the first.
 */
export class Compiler {
  readonly #parsed = new Map<string, { readonly text: string; readonly file: ts.SourceFile | undefined }>();

  /** The files that do not compile with these changes, by path from the checkout; of all files, or only of those in `of`. */
  refuses(changes: Changes, of?: readonly string[]): readonly string[] {
    const settings = ts.readConfigFile(path.join(ROOT, "tsconfig.json"), (file) => ts.sys.readFile(file));
    const { fileNames, options } = ts.parseJsonConfigFileContent(settings.config, ts.sys, ROOT);
    const rootNames = of?.map((file) => path.join(ROOT, file)) ?? fileNames;
    const program = ts.createProgram({ rootNames, options, host: this.#host(options, changes) });
    return rootNames
      .filter((name) => {
        const file = program.getSourceFile(name);
        return [program.getSyntacticDiagnostics(file), program.getSemanticDiagnostics(file)].some(
          ({ length }) => length > 0,
        );
      })
      .map((name) => path.relative(ROOT, name))
      .sort();
  }

  #host(options: ts.CompilerOptions, changes: Changes): ts.CompilerHost {
    const host = ts.createCompilerHost(options);
    const parse = host.getSourceFile.bind(host);
    host.readFile = (name) => changes[path.relative(ROOT, name)] ?? ts.sys.readFile(name);
    host.getSourceFile = (name, ...how) => {
      const text = host.readFile(name) ?? "";
      const known = this.#parsed.get(name);
      const file = known?.text === text ? known.file : parse(name, ...how);
      this.#parsed.set(name, { text, file });
      return file;
    };
    return host;
  }
}
