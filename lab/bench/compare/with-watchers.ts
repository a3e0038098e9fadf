import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { EXPORTER_NAMES } from "../../../settings/services";
import { LAB_FILES, LAB_HOSTS } from "../../host/layout";
import type { Progress } from "../../host/progress";
import type { DeclaredLab } from "../backups/alternate-swaps";
import { declaredLab, otherFile } from "../declare-lab";

/** What watches beside the agent, as sections of an environment file. */
type Section = "exporters" | "logs";

/** The containers of each section, by the names that an images file has for them. */
const CONTAINERS: Readonly<Record<Section, readonly string[]>> = { exporters: EXPORTER_NAMES, logs: ["collector"] };

/** How a person gets the images of each: the lab makes them only where their programs have been fetched. */
const FETCHED_BY: Readonly<Record<Section, string>> = {
  exporters: "toolchain/setup.sh --only exporters",
  logs: "toolchain/setup.sh --only collector",
};

/** Whether an images file names every container of a section. Pure. */
export function hasImages(section: Section, imagesFile: string): boolean {
  const images = (parse(imagesFile) as Readonly<Record<string, unknown>> | null) ?? {};
  return CONTAINERS[section].every((name) => Object.hasOwn(images, name));
}

/** A section as the lab declares it: Docker's data root of its hosts is not the usual one. */
function declaration(section: Section): object {
  if (section === "exporters") return {};
  return { data_roots: Object.fromEntries(LAB_HOSTS.map(({ name, dataRoot }) => [name, dataRoot])) };
}

/** The same lab with exporters and Collector as well, where it has images of them and does not declare them itself. */
export function withWatchers(lab: DeclaredLab, progress: Progress): DeclaredLab {
  const images = existsSync(LAB_FILES.images) ? readFileSync(LAB_FILES.images, "utf8") : "";
  const sections = (["exporters", "logs"] as const).filter((section) => lab.environment[section] === undefined);
  const added = sections.filter((section) => hasImages(section, images));
  for (const section of sections.filter((one) => !added.includes(one)))
    progress(
      `this lab has no images for ${section}, which are not measured; to have them: ${FETCHED_BY[section]}, then understudy lab up`,
    );
  if (added.length === 0) return lab;
  const values = Object.fromEntries(added.map((section) => [section, declaration(section)]));
  return declaredLab(otherFile("agents", lab.file, values));
}
