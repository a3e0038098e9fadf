import * as fs from "node:fs";
import * as path from "node:path";
import { renderConfig, type ConfigValues } from "./render-config";

const CONFIGS = path.join(__dirname, "..", "configs");

/** A file of `configs/`, word for word. */
export function configFile(file: string): string {
  return fs.readFileSync(path.join(CONFIGS, file), "utf8");
}

/**
 * A template of `configs/` with its placeholders filled in.
 * @throws Error naming the file and the placeholder, see `renderConfig`.
 */
export function renderConfigFile(file: string, values: ConfigValues): string {
  return renderConfig(`configs/${file}`, configFile(file), values);
}
