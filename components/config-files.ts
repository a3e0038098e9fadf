import * as fs from "node:fs";
import * as path from "node:path";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { GUARD_FOLDER } from "../settings/names";
import { SETTINGS_FILE } from "../settings/server/layers";
import { serviceSettingsText, type ServiceSections } from "../settings/server/service-settings";
import type { OtherService } from "../settings/services";

/** What a template's placeholders stand for, by name. */
export type ConfigValues = Readonly<Record<string, string | number>>;

const PLACEHOLDER = /\$\{([^}]*)\}/g;

/**
 * The template with every `${name}` replaced.
 * A value cannot add a line: that would let a setting write configuration of its own.
 * @param file what to call the template in errors
 * @throws Error naming the file and every placeholder without a value, value without a placeholder, or value with a
 * line break.
 */
export function renderConfig(file: string, template: string, values: ConfigValues): string {
  const asked = new Set(Array.from(template.matchAll(PLACEHOLDER), (match) => match[1] as string));
  const problems = [
    ...[...asked].filter((name) => !Object.hasOwn(values, name)).map((name) => `placeholder \${${name}} has no value`),
    ...Object.keys(values)
      .filter((name) => !asked.has(name))
      .map((name) => `value "${name}" has no placeholder`),
    ...Object.entries(values)
      .filter(([, value]) => /[\r\n]/.test(String(value)))
      .map(([name]) => `value "${name}" contains a line break`),
  ];
  if (problems.length > 0) {
    throw new Error(`cannot render ${file}: ${problems.join("; ")}`);
  }
  return template.replace(PLACEHOLDER, (_, name: string) => String(values[name]));
}

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

type Upload = docker.types.input.ContainerUpload;

/**
 * A script or other program code put into a container before it starts. It belongs to root and everybody in the container
 * may read it, and it is an input of the container: no place for a secret or a setting, see `secretFile` and `settingFile`.
 */
export function upload(file: string, content: string): Upload {
  return { file, content, permissions: "0444" };
}

/** A script or file of `configs/guard/`, under the name it has in the container. */
export function guardUpload(nameInContainer: string, guardFile: string): Upload {
  return upload(`${GUARD_FOLDER}/${nameInContainer}`, configFile(`guard/${guardFile}`));
}

/** What becomes of a running container when one of its files has another content. */
export type OnChange = "reload" | "replace";

/** A password, a certificate or a setting of a container; it stands there at `filePath(name)`. */
export interface ServiceFile {
  /** Below the folder of its generation: lower case, such as `redis.conf` or `rules/understudy.yml`. */
  readonly name: string;
  readonly content: pulumi.Input<string>;
  /** `replace`: the program reads it only when it starts. A secret never replaces a container. */
  readonly onChange: OnChange;
  /** The part of it that replaces the container when it changes; the rest never does. @default all of it */
  readonly counted?: string;
}

const FILE_NAME = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;

function serviceFile(name: string, content: pulumi.Input<string>, onChange: OnChange): ServiceFile {
  if (!FILE_NAME.test(name) || name.length > 80) throw new Error(`no name for a file of a container: ${name}`);
  return { name, content, onChange };
}

/** A file whose content must never be seen, such as a password or a key. @throws Error when the name is none */
export function secretFile(name: string, content: pulumi.Input<string>): ServiceFile {
  return serviceFile(name, pulumi.secret(content), "reload");
}

/** A file of settings, none of them secret. @throws Error when the name is none */
export function settingFile(name: string, content: string, onChange: OnChange = "replace"): ServiceFile {
  return serviceFile(name, content, onChange);
}

/**
 * A file that a program reads at its start, and which ends with the inclusion of another one that it may read anew: the
 * inclusion is no reason to replace a container that was made without it.
 */
export function includingFile(name: string, content: string, inclusion: string): ServiceFile {
  return { ...serviceFile(name, `${content}${inclusion}\n`, "replace"), counted: content };
}

/** What an operator has set of a service, beside its configuration: `up`, `settings` and `doctor` compare it. None where nothing is set. */
export function operatorSettings(sections: ServiceSections, service: OtherService): readonly ServiceFile[] {
  const text = serviceSettingsText(sections, service);
  return text === undefined ? [] : [settingFile(SETTINGS_FILE, text, "reload")];
}
