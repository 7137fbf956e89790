import { currentContext } from '../request-context.ts'
import type { JobMap, JobName } from './job-map.ts'

/** What is stored of a job. */
export type JobEnvelope<Name extends JobName = JobName> = {
  payload: JobMap[Name]
  /** Of the request that caused it; a job that came by the clock has none. */
  requestId?: string
  /** Whose job it is, by which failed ones are found. */
  locationId?: string
}

export function wrapPayload<Name extends JobName>(payload: JobMap[Name]): JobEnvelope<Name> {
  const requestId = currentContext()?.requestId
  const locationId = textIn(payload, 'locationId')
  return { payload, ...(requestId ? { requestId } : {}), ...(locationId ? { locationId } : {}) }
}

/** Jobs of one owner share what one owner may have: a location or, for its agency's jobs, the company. */
export function ownerOf(payload: JobMap[JobName]): string | undefined {
  return textIn(payload, 'locationId') ?? textIn(payload, 'companyId')
}

function textIn(payload: JobMap[JobName], key: 'locationId' | 'companyId'): string | undefined {
  const value = (payload as Partial<Record<typeof key, string | null>>)[key]
  return value ?? undefined
}
