import type { Request } from 'express'
import { idempotencyKey, platformId } from '../shared/field-rules.ts'
import { AppError } from './errors.ts'

/**
 * An id out of the path. What has no id's shape names nothing.
 * @throws {AppError} `not_found`
 */
export function idParam(request: Request, name: string): string {
  const parsed = platformId.safeParse(request.params[name])
  if (!parsed.success) throw new AppError('not_found', 'There is nothing with this id.')
  return parsed.data
}

/** The query's parameters; an empty one counts as absent. */
export function queryOf(request: Request): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request.query).filter(([, value]) => value !== ''))
}

/** @throws {AppError} `validation` without a usable `Idempotency-Key` header */
export function idempotencyKeyOf(request: Request): string {
  const parsed = idempotencyKey.safeParse(request.get('Idempotency-Key'))
  if (parsed.success) return parsed.data
  throw new AppError('validation', 'The Idempotency-Key header is missing or not usable.', {
    details: [{ path: 'Idempotency-Key', message: 'required: 1 to 200 visible ASCII characters' }],
  })
}
