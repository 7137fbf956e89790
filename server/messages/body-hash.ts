import { createHash } from 'node:crypto'

/** The same for a text as it was given and as the platform shows it, which may trim it. */
export function hashOfBody(body: string): string {
  return createHash('sha256').update(body.replaceAll('\r\n', '\n').trim()).digest('base64url')
}
