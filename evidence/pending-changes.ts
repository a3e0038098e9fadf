import { z } from "zod";
import { PENDING_CHANGES, PENDING_SOURCES } from "../settings/drill-config";

/** What a plain `up` would have changed of both hosts when the drill began; the drill left it alone. */
export const pendingChangesSchema = z.strictObject({
  /** `preview`: an engine compared everything; `state`: the states alone were looked at, which know images and containers. */
  seenIn: z.enum(PENDING_SOURCES),
  changes: z.array(
    z.strictObject({ host: z.string().min(1), resource: z.string().min(1), change: z.enum(PENDING_CHANGES) }),
  ),
});
