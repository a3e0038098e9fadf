import { UserError } from "../settings/user-error";

/** That an environment file has no calendar. */
export function noCalendar(envConfig: string): UserError {
  return new UserError(
    `${envConfig} has no section drills: nobody has said when a drill may begin`,
    "add drills.windows to the environment file",
    2,
  );
}
