import { DatabaseError } from "pg";

/**
 * SQLSTATEs that end a statement before its transaction can commit, when they come with severity ERROR. The same
 * code as FATAL or PANIC ends the session at a moment nobody knows, so that is indeterminate.
 * Source: PostgreSQL documentation, appendix A.
 */
const REFUSALS = new Set([
  "25006", // read_only_sql_transaction: a standby
  "28000", // invalid_authorization_specification
  "42501", // insufficient_privilege
  "42P01", // undefined_table
  "3F000", // invalid_schema_name
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "53100", // disk_full
  "53200", // out_of_memory
  "55P03", // lock_not_available
]);

/**
 * What an error that came back for a sent INSERT says about that INSERT. 57P01 (admin_shutdown) is indeterminate: the
 * session may have been ended between the commit and its acknowledgement. So is everything that is not listed.
 */
export function classifyPostgresError(error: unknown): "r" | "i" {
  if (!(error instanceof DatabaseError)) return "i";
  return error.severity === "ERROR" && REFUSALS.has(error.code ?? "") ? "r" : "i";
}
