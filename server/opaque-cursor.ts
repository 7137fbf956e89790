import { AppError } from './errors.ts'

/** A position in a list as one opaque, URL-safe word. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/**
 * @param parse checks the decoded position; it may throw
 * @throws {AppError} `validation` for a word that we did not make
 */
export function decodeCursor<T>(cursor: string | undefined, parse: (position: unknown) => T): T | undefined {
  if (cursor === undefined) return undefined
  try {
    return parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch (cause) {
    throw new AppError('validation', 'The cursor is not one of ours.', { cause })
  }
}
