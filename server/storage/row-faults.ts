/**
 * SQLSTATE classes of what a statement's own rows can be at fault for: data that cannot be (22), a broken rule (23),
 * a collision with another transaction (40), too much of something (54).
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const ofRows = /^(22|23|40|54)/

/** Whether fewer of its rows could fare better; not where the database as a whole does not work. */
export function isRowFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return (/^[0-9A-Z]{5}$/.test(code) && ofRows.test(code)) || isRowFault(error.cause)
}
