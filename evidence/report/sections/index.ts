import type { SectionMaker } from "../report-model";
import { clientsSection } from "./clients";
import { deviationsSection } from "./deviations";
import { evidenceSourceSection } from "./evidence-source";
import { fencesSection } from "./fences";
import { lossProofSection } from "./loss-proof";
import { notExercisedSection } from "./not-exercised";
import { objectivesSection } from "./objectives";
import { serviceDataSection } from "./service-data";
import { serverFindingsSection } from "./server-findings";
import { standInsSection, versionsSection } from "./versions";
import { stepsSection } from "./steps";
import { timelineSection } from "./timeline";
import { topologySection } from "./topology";
import { unplannedSection } from "./unplanned";

/** The sections in the order in which they are read; one that has nothing to say leaves itself out. */
export const SECTIONS: readonly SectionMaker[] = [
  timelineSection,
  objectivesSection,
  stepsSection,
  deviationsSection,
  serverFindingsSection,
  lossProofSection,
  clientsSection,
  serviceDataSection,
  fencesSection,
  unplannedSection,
  topologySection,
  notExercisedSection,
  standInsSection,
  versionsSection,
  evidenceSourceSection,
];
