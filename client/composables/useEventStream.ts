import { inject, onScopeDispose } from 'vue'
import type { LocationEvent } from '../../shared/event-contract.ts'
import { createEventStream } from '../api/live-stream.ts'
import { fetchKey, useLiveStore } from '../stores/live-store.ts'
import { useSessionStore } from '../stores/session-store.ts'

type EventStreamHandlers = {
  onEvent(event: LocationEvent): void
  /** The server answers, perhaps after a break. */
  onOpen(): void
  /** Changes may have been missed: what is on screen has to be read again. */
  onGap(): void
}

/** A break shorter than this is nobody's business. */
const lateAfterMs = 10_000
/** Each open page holds a connection to the server; one that nobody looks at gives it back. */
const sleepAfterMs = 60_000

/** Hears what happens in this location for as long as the calling component lives. */
export function useEventStream({ onEvent, onOpen, onGap }: EventStreamHandlers): void {
  const live = useLiveStore()
  const session = useSessionStore()
  const fetch = inject(
    fetchKey,
    () => (input: RequestInfo | URL, init?: RequestInit) => window.fetch(input, init),
    true,
  )
  let late: ReturnType<typeof setTimeout> | undefined
  let sleep: ReturnType<typeof setTimeout> | undefined

  function showBreak(isBroken: boolean): void {
    if (!isBroken) {
      clearTimeout(late)
      late = undefined
      live.isLate = false
      return
    }
    late ??= setTimeout(() => {
      live.isLate = true
    }, lateAfterMs)
  }

  const stream = createEventStream({
    fetch,
    session,
    random: Math.random,
    elapsed: () => performance.now(),
    lastEventId: live.lastEventId,
    onEvent,
    onOpen: ({ isComplete }) => {
      onOpen()
      if (!isComplete) onGap()
    },
    onState: (state) => {
      live.isOpen = state === 'open'
      showBreak(state === 'waiting')
    },
  })

  function onVisibility(): void {
    clearTimeout(sleep)
    if (document.hidden) sleep = setTimeout(stream.sleep, sleepAfterMs)
    else stream.hurry()
  }
  const listeners = [
    [document, 'visibilitychange', onVisibility],
    [window, 'online', stream.hurry],
    [window, 'offline', stream.drop],
    // A page kept for "back" holds no connection.
    [window, 'pagehide', stream.sleep],
    [window, 'pageshow', stream.hurry],
  ] as const
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener)

  onScopeDispose(() => {
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener)
    clearTimeout(sleep)
    showBreak(false)
    live.isOpen = false
    live.lastEventId = stream.lastEventId()
    stream.close()
  })
}
