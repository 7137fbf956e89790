/** Asks the CRM around us who is using it. */
export type PlatformContext = {
  /** False when the page stands alone in a tab: then nobody can answer. */
  embedded: boolean
  /** The encrypted user context, to be read by our server only. Rejects with `PlatformSilent`. */
  request(): Promise<string>
}

export class PlatformSilent extends Error {
  constructor() {
    super('The CRM did not say who is using it')
    this.name = 'PlatformSilent'
  }
}

function payloadOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null
  const isAnswer = 'message' in data && data.message === 'REQUEST_USER_DATA_RESPONSE'
  if (!isAnswer || !('payload' in data)) return null
  return typeof data.payload === 'string' && data.payload !== '' ? data.payload : null
}

/** As much of a window as the protocol needs. */
export type ContextFrame = Pick<Window, 'clearInterval' | 'clearTimeout'> & {
  parent: Pick<Window, 'postMessage'>
  setInterval(handler: () => void, timeoutMs: number): number
  setTimeout(handler: () => void, timeoutMs: number): number
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void
  removeEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void
}

/**
 * The first question can be lost while the CRM is still loading, hence it is repeated until answered. It holds
 * no secret, and a white-label CRM may have any origin, hence the target `*`.
 * @see https://marketplace.gohighlevel.com/docs/other/user-context-marketplace-apps
 */
export function usePlatformContext(
  view: ContextFrame,
  { repeatMs = 700, timeoutMs = 10_000 }: { repeatMs?: number; timeoutMs?: number } = {},
): PlatformContext {
  const { parent }: { parent: unknown } = view
  return {
    embedded: parent !== view,
    request: () =>
      new Promise((resolve, reject) => {
        const ask = () => view.parent.postMessage({ message: 'REQUEST_USER_DATA' }, '*')
        const repeat = view.setInterval(ask, repeatMs)
        const giveUp = view.setTimeout(() => {
          stop()
          reject(new PlatformSilent())
        }, timeoutMs)

        function stop(): void {
          view.removeEventListener('message', listen)
          view.clearInterval(repeat)
          view.clearTimeout(giveUp)
        }

        function listen(event: MessageEvent<unknown>): void {
          const payload = event.source === parent ? payloadOf(event.data) : null
          if (payload === null) return
          stop()
          resolve(payload)
        }

        view.addEventListener('message', listen)
        ask()
      }),
  }
}
