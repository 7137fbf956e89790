import type { Dispatcher, Pool } from 'undici'

export type SocketWarmerParts = {
  pool: Pool
  /** Something cheap that needs no token and counts on nobody's budget. */
  path: string
  /** How many sockets to keep open. */
  sockets: number
  /** A steady clock in ms. */
  now: () => number
}

/** Sockets are kept open that long after the last call. */
const activeMs = 900_000
/** An upstream that hangs up at once is not asked again and again. */
const gapMs = 3_000
const answerWithinMs = 10_000

/** Keeps sockets open, so that a call need not wait for three round trips first; on HTTP/1.1 each call takes one. */
export function createSocketWarmer({ pool, path, sockets, now }: SocketWarmerParts) {
  let usedAt = -Infinity
  let warmedAt = -Infinity
  let timer: NodeJS.Timeout | undefined
  let isOn = false

  /** All at once: each needs a socket of its own. */
  async function warm(): Promise<void> {
    timer = undefined
    if (!isOn || pool.stats.connected >= sockets) return
    warmedAt = now()
    await Promise.all(Array.from({ length: sockets }, () => touch(pool, path)))
  }

  function warmSoon(): void {
    if (!isOn || timer !== undefined || usedAt + activeMs < now()) return
    timer = setTimeout(() => void warm(), Math.max(0, warmedAt + gapMs - now()))
    timer.unref()
  }

  pool.on('disconnect', warmSoon)

  return {
    used(): void {
      usedAt = now()
    },
    /** Resolves once the first sockets are open, or could not be. */
    async start(): Promise<void> {
      isOn = true
      usedAt = now()
      await warm()
    },
    stop(): void {
      isOn = false
      clearTimeout(timer)
    },
  }
}

/** Whatever is answered: it is about the socket only. */
function touch(pool: Pool, path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  const done = () => {
    clearTimeout(timer)
    resolve()
  }
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(controller) {
      timer = setTimeout(() => controller.abort(new Error('no answer in time')), answerWithinMs)
    },
    onResponseStart: () => undefined,
    onResponseData: () => undefined,
    onResponseEnd: done,
    onResponseError: done,
  }
  // Unless told otherwise, undici hangs up after a HEAD.
  pool.dispatch({ path, method: 'HEAD', headers: { 'user-agent': 'wrapup' }, reset: false }, handler)
  return promise
}
