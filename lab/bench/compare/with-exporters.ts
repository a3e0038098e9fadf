import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { EXPORTER_NAMES } from "../../../settings/services";
import { LAB_FILES } from "../../host/layout";
import type { Progress } from "../../host/progress";
import type { DeclaredLab } from "../backups/alternate-swaps";
import { declaredLab, otherFile } from "../declare-lab";

/** Whether an images file names every exporter: the lab makes their images only where their programs have been fetched. */
export function hasExporters(imagesFile: string): boolean {
  const images = (parse(imagesFile) as Readonly<Record<string, unknown>> | null) ?? {};
  return EXPORTER_NAMES.every((name) => Object.hasOwn(images, name));
}

/** The same lab with exporters as well, where it has images of them and does not declare them itself. */
export function withExporters(lab: DeclaredLab, progress: Progress): DeclaredLab {
  if (lab.environment.exporters !== undefined) return lab;
  if (existsSync(LAB_FILES.images) && hasExporters(readFileSync(LAB_FILES.images, "utf8")))
    return declaredLab(otherFile("agents", lab.file, { exporters: {} }));
  progress(
    "this lab has no images of the exporters, which are not measured; to have them: toolchain/setup.sh --only exporters, then understudy lab up",
  );
  return lab;
}
