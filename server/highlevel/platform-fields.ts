import { z } from 'zod'

/** Fields as the platform sends them: any may be missing or null, unknown ones are ignored. */
export const text = z.string().nullish()
export const flag = z.boolean().nullish()
export const texts = z.array(z.string()).nullish()

/** Epoch ms, from a number or an ISO string; unreadable counts as absent. */
export const epochMs = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => {
    const ms = typeof value === 'string' ? Date.parse(value) : value
    return typeof ms === 'number' && Number.isFinite(ms) ? ms : null
  })

/** An answer from which nothing is read. */
export const nothing = z.unknown()
