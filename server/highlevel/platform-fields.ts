import { z } from 'zod'

/**
 * Fields as the platform sends them: any may be missing, null or of another type, which counts as absent, so that one
 * field never costs a whole answer. Only ids are insisted on.
 */
export const text = z.string().nullish().catch(null)
export const flag = z.boolean().nullish().catch(null)
export const count = z.number().nullish().catch(null)

export const texts = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((items) => items?.filter((item) => typeof item === 'string') ?? null)

/** What a grant or a block hangs on: what cannot be read counts as set. */
export const cautiousFlag = z.boolean().nullish().catch(true)

const time = z.union([z.number(), z.string()]).nullish().catch(null)

/** Epoch ms, from a number or an ISO string; unreadable counts as absent. */
export const epochMs = time.transform((value) => {
  const ms = typeof value === 'string' ? Date.parse(value) : new Date(value ?? Number.NaN).getTime()
  return Number.isNaN(ms) ? null : ms
})

/** ISO 8601 in UTC, from an ISO string or epoch ms; unreadable counts as absent. */
export const instantText = epochMs.transform((ms) => (ms === null ? null : new Date(ms).toISOString()))

/** An answer from which nothing is read. */
export const nothing = z.unknown()
