import { createHash } from 'node:crypto'
import type { KeptValues } from './field-merge.ts'

/** The same content gives the same text: an echo of our own write is told by it. */
export function contentHash(values: KeptValues, tags: readonly string[] | undefined): string {
  const content = [Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1)), tags?.toSorted()]
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url')
}
