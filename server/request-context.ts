import { AsyncLocalStorage } from 'node:async_hooks'

/** What follows one request through every call it makes. */
export type RequestContext = {
  requestId: string
  /** By when its work must be done, on the clock of `performance.now()`: a wall clock may jump. */
  deadlineAt: number
  /** Whether a person waits for it, or nobody: people's calls go first. */
  priority: 'person' | 'background'
}

const storage = new AsyncLocalStorage<RequestContext>()

export function runWithContext<T>(context: RequestContext, run: () => T): T {
  return storage.run(context, run)
}

/** Undefined outside a request: at start, in a job without one. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore()
}
