import { STEP_NAMES } from "../settings/steps";

const NUMBER = "(0|[1-9][0-9]{0,15})";

/** What well-formed values look like: one spelling for each meaning, so that equal means equal text. */
export const ENV_PATTERNS = {
  drillId: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  nonce: /^[!-~]{0,128}$/,
  host: /^[a-z][a-z0-9-]{0,30}$/,
  failedStep: new RegExp(`^(${STEP_NAMES.join("|")})?$`),
  timestamp: /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}\.[0-9]{3}Z$/,
  seconds: new RegExp(`^${NUMBER}\\.[0-9]{3}$`),
  secondsOrUnknown: new RegExp(`^(unknown|${NUMBER}\\.[0-9]{3})$`),
  countOrUnknown: new RegExp(`^(unknown|${NUMBER})$`),
} as const;
