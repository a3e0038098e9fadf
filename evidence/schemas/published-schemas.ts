import { z } from "zod";
import { environmentSchema } from "../../settings/environment";
import { evidenceDocumentSchema } from "../document";
import { healthReportSchema } from "../health-report";

/** A JSON Schema that is published for editors and for other programs: its file, and what it describes. */
interface PublishedSchema {
  /** Path from the project's folder. */
  readonly file: string;
  readonly id: string;
  readonly title: string;
  readonly schema: z.ZodType;
}

const PUBLISHED: readonly PublishedSchema[] = [
  {
    file: "docs/schemas/evidence.schema.json",
    id: "urn:understudy:schema:evidence:1",
    title: "The JSON document of a drill's evidence, version 1",
    schema: evidenceDocumentSchema,
  },
  {
    file: "docs/schemas/environment.schema.json",
    id: "urn:understudy:schema:environment:1",
    title: "The environment file: hosts, services, objectives and policy, version 1",
    schema: environmentSchema,
  },
  {
    file: "docs/schemas/health-report.schema.json",
    id: "urn:understudy:schema:health-report:1",
    title: "The health report: every service of every host, version 1",
    schema: healthReportSchema,
  },
];

/** The text of every published schema by its file, as the zod types have it: what is read, before defaults are filled in. */
export function publishedSchemas(): ReadonlyMap<string, string> {
  return new Map(
    PUBLISHED.map(({ file, id, title, schema }) => {
      const { $schema, ...body } = z.toJSONSchema(schema, { io: "input" });
      return [file, `${JSON.stringify({ $schema, $id: id, title, ...body }, null, 2)}\n`];
    }),
  );
}
