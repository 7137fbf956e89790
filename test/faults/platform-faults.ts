import type { Fault } from '../sandbox/fault-injector.ts'

/** The call is met every time, however often it is repeated. */
const always = Number.MAX_SAFE_INTEGER

export type FaultCase = {
  name: string
  fault: Fault
  /** The code of our answer, or `ok`. */
  read: string
  write: string
  /** How often a write has happened then; unset: as often as the code says (`ok` once, all else not at all). */
  happened?: number
}

const same = (code: string) => ({ read: code, write: code })

/** Every fault that the sandbox knows, and what is to come of it. */
export const faultCases: FaultCase[] = [
  { name: 'nothing', fault: { times: 0 }, ...same('ok') },
  { name: 'refused (400)', fault: { status: 400, times: always }, ...same('rejected') },
  { name: 'a refused token once (401)', fault: { status: 401, times: 1 }, ...same('ok') },
  { name: 'refused for the scope (403)', fault: { status: 403, times: always }, ...same('forbidden') },
  { name: 'not there (404)', fault: { status: 404, times: always }, ...same('not_found') },
  { name: 'refused (422)', fault: { status: 422, times: always }, ...same('rejected') },
  { name: 'too many once (429)', fault: { status: 429, times: 1 }, ...same('ok') },
  {
    name: 'too many once, with Retry-After (429)',
    fault: { status: 429, headers: { 'Retry-After': '1' }, times: 1 },
    ...same('ok'),
  },
  { name: 'too many, always (429)', fault: { status: 429, times: always }, ...same('rate_limited') },
  {
    name: 'a server error once (500)',
    fault: { status: 500, times: 1 },
    read: 'ok',
    write: 'upstream_failed',
  },
  { name: 'a server error (500)', fault: { status: 500, times: always }, ...same('upstream_failed') },
  {
    name: 'a bad gateway once (502)',
    fault: { status: 502, times: 1 },
    read: 'ok',
    write: 'outcome_unknown',
  },
  {
    name: 'a bad gateway (502)',
    fault: { status: 502, times: always },
    read: 'upstream_failed',
    write: 'outcome_unknown',
  },
  {
    name: 'out of service once (503)',
    fault: { status: 503, times: 1 },
    read: 'ok',
    write: 'upstream_failed',
  },
  { name: 'out of service (503)', fault: { status: 503, times: always }, ...same('upstream_failed') },
  {
    name: 'a gateway timeout (504)',
    fault: { status: 504, times: always },
    read: 'upstream_failed',
    write: 'outcome_unknown',
  },
  {
    name: 'a dropped connection once',
    fault: { reset: true, times: 1 },
    read: 'ok',
    write: 'outcome_unknown',
  },
  {
    name: 'a dropped connection',
    fault: { reset: true, times: always },
    read: 'upstream_unavailable',
    write: 'outcome_unknown',
  },
  {
    name: 'a lost answer once',
    fault: { loseAnswer: true, times: 1 },
    read: 'ok',
    write: 'outcome_unknown',
    happened: 1,
  },
  {
    name: 'a lost answer',
    fault: { loseAnswer: true, times: always },
    read: 'upstream_unavailable',
    write: 'outcome_unknown',
    happened: 1,
  },
  {
    name: 'an unreadable answer',
    fault: { malformed: true, times: always },
    read: 'upstream_failed',
    write: 'outcome_unknown',
    happened: 1,
  },
  { name: 'a slow answer', fault: { delayMs: 150, times: 1 }, ...same('ok') },
]
