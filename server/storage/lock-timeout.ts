/**
 * Whether a statement gave up waiting for what another transaction holds.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isLockTimeout(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined
  return typeof cause === 'object' && cause !== null && Reflect.get(cause, 'code') === '55P03'
}
