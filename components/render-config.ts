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
