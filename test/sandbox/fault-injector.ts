import type { RecordedCall } from './call-recorder.ts'

export type Fault = {
  method?: string
  /** A path such as `/contacts/:contactId/tags`, or an expression. */
  path?: string | RegExp
  when?: (call: RecordedCall) => boolean
  /** How many calls it meets; default 1. */
  times?: number
  /** Real time, before anything else happens. */
  delayMs?: number
  /** Answers this instead of doing it. */
  status?: number
  body?: unknown
  headers?: Record<string, string>
  /** Drops the connection instead of doing it. */
  reset?: boolean
  /** Does it, then drops the connection. */
  loseAnswer?: boolean
  /** Does it, then answers with broken JSON. */
  malformed?: boolean
}

export type FaultHandle = { hits(): number; remove(): void }

export type FaultInjector = {
  add(fault: Fault): FaultHandle
  clear(): void
  /** The fault that meets this call, used up by it. */
  take(call: RecordedCall): Fault | undefined
}

function pathMatches(wanted: string | RegExp | undefined, path: string): boolean {
  if (wanted === undefined) return true
  if (wanted instanceof RegExp) return wanted.test(path)
  const expression = wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')
  return new RegExp(`^${expression}/?$`).test(path)
}

export function createFaultInjector(): FaultInjector {
  const active: { fault: Fault; hits: number }[] = []
  const meets = ({ method, path, when }: Fault, call: RecordedCall) =>
    (method === undefined || method.toUpperCase() === call.method) &&
    pathMatches(path, call.path) &&
    (when === undefined || when(call))

  return {
    add(fault) {
      const entry = { fault, hits: 0 }
      active.push(entry)
      return {
        hits: () => entry.hits,
        remove: () => void active.splice(active.indexOf(entry), active.includes(entry) ? 1 : 0),
      }
    },
    clear: () => void active.splice(0),
    take(call) {
      const entry = active.find(({ fault, hits }) => hits < (fault.times ?? 1) && meets(fault, call))
      if (entry) entry.hits += 1
      return entry?.fault
    },
  }
}
