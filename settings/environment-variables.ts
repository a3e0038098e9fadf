import { EnvironmentError } from "./environment-error";

/** The operator's environment: what each variable is. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** `$${` is the text `${`; else a name in braces, or braces that hold none. */
const PLACE = /\$(\$?)\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Fields in which a variable is refused, since they name where a secret is kept, or are given to a program as they stand.
 * `*` is any one name.
 */
const AS_THEY_STAND: readonly (readonly [field: string, refused: boolean])[] = [
  ["applications.*.password", true],
  ["hosts.*.fence.command", false],
  ["hosts.*.hooks.promoted.command", false],
  ["hosts.*.hooks.demoted.command", false],
];

/**
 * A section with `${NAME}` replaced in its values by the operator's variables; keys stay as they are. A value that is one
 * variable alone and reads as a whole number, `true` or `false` is that.
 * @param note is told of every value at the end of a path, with the variables in it
 * @throws EnvironmentError with every variable that is not set and every place that is none, each with its field
 */
export function withVariables(
  section: unknown,
  file: string,
  variables: Variables,
  note: (at: readonly string[], names: readonly string[]) => void,
): unknown {
  const problems: string[] = [];
  const inside = (value: unknown, at: readonly string[], names: string[]): unknown => {
    if (Array.isArray(value)) return value.map((one: unknown) => inside(one, at, names));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inside(one, [...at, key], names)]));
    return typeof value === "string" ? replaced(value, { at, file, variables, names, problems }) : value;
  };
  const walk = (value: unknown, at: readonly string[]): unknown => {
    if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0)
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one, [...at, key])]));
    const names: string[] = [];
    const result = inside(value, at, names);
    note(at, names);
    return result;
  };
  const result = walk(section, []);
  if (problems.length > 0) throw new EnvironmentError(problems.join("\n"));
  return result;
}

interface Place {
  readonly at: readonly string[];
  readonly file: string;
  readonly variables: Variables;
  readonly names: string[];
  readonly problems: string[];
}

function replaced(text: string, { at, file, variables, names, problems }: Place): unknown {
  const rule = AS_THEY_STAND.find(([field]) => fits(field, at));
  if (rule !== undefined && !rule[1]) return text;
  const field = `${file}: ${at.join(".")}`;
  const before = names.length;
  const result = text.replaceAll(PLACE, (all, escape: string, name: string, end: string) => {
    if (escape !== "") return all.slice(1);
    const value = variables[name];
    if (rule !== undefined) problems.push(`${field}: no variable here: it names a secret of the stacks' config`);
    else if (end === "" || !NAME.test(name))
      problems.push(`${field}: ${JSON.stringify(all)} is no variable: \${NAME}, or $\${ for the text itself`);
    else if (value === undefined) problems.push(`${field}: variable ${name} is not set`);
    names.push(name);
    return value ?? "";
  });
  const [alone] = names.slice(before);
  if (names.length !== before + 1 || text !== `\${${alone ?? ""}}`) return result;
  return /^-?\d{1,15}$|^(true|false)$/.test(result)
    ? (JSON.parse(result.replace(/^(-?)0+(?=\d)/, "$1")) as unknown)
    : result;
}

function fits(field: string, at: readonly string[]): boolean {
  const parts = field.split(".");
  return parts.length <= at.length && parts.every((part, index) => part === "*" || part === at[index]);
}
