import { z } from "zod";
import { parseDocument } from "yaml";
import { UserError } from "../../../settings/user-error";

const placeSchema = z.string().regex(/^[\w.@*{}/,-]+$/, "a path from the project's folder");

/** `FILE` for every test of a file, or `FILE > WORDS` for those whose full title has these words. */
const testSchema = z
  .string()
  .regex(/^tests\/[\w./-]+\.test\.ts( > .+)?$/, "tests/….test.ts, or tests/….test.ts > words");

const requirementSchema = z.strictObject({
  id: z.string().regex(/^[A-Z][A-Z0-9]*(-[A-Z0-9.]+)+$/, "upper case, such as I6-GATES-1"),
  source: z.string().min(1).describe("where it is asked for"),
  sentence: z.string().min(1),
  code: z.array(placeSchema).min(1).describe("what carries it out"),
  tests: z.array(testSchema).min(1).describe("what fails without it"),
  evidence: z.array(placeSchema).min(1).describe("what a run leaves of it, or the page that tells of it"),
  open: z.string().min(1).optional().describe("why a complete run does not show it; only where it does not"),
});

const mappingSchema = z.strictObject({
  version: z.literal(1),
  requirements: z.array(requirementSchema).min(1),
});

/** One requirement, and where it is carried out, tested and shown. */
export type Requirement = z.infer<typeof requirementSchema>;
/** The list of every requirement. */
export type Mapping = z.infer<typeof mappingSchema>;

/** A test that a requirement names: its file and, where not every test of the file is meant, words of its title. */
export interface NamedTest {
  readonly file: string;
  readonly words: string | undefined;
}

/** Takes `FILE > WORDS` apart. */
export function namedTest(text: string): NamedTest {
  const [file = "", words] = text.split(" > ", 2);
  return { file, words };
}

/**
 * The mapping in a YAML text.
 * @throws UserError with exit code 2 and every fault, when it is none
 */
export function parseMapping(text: string, file: string): Mapping {
  const document = parseDocument(text, { uniqueKeys: true });
  const [syntax] = document.errors;
  if (syntax) throw malformed(file, syntax.message.split("\n", 1)[0] ?? "");
  const parsed = mappingSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  throw malformed(file, parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
}

function malformed(file: string, reason: string): UserError {
  return new UserError(`${file} is no list of requirements: ${reason}`, "understudy requirements verify --help", 2);
}
