import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { SyncLogAnswer, SyncLogEntry, SyncLogQuery } from '../../shared/sync-contract.ts'
import { useSyncApi } from '../api/sync-endpoints.ts'
import { syncTexts } from '../sync-texts.ts'
import { useFailure } from './useFailure.ts'
import { useLatestAnswer } from './useLatestAnswer.ts'

/** How often, and for how long, one looks what became of what is tried again. */
const lookEveryMs = 2_000
const looksMost = 30

/** What the sync did, newest first, and trying again what failed. */
export function useSyncLog() {
  const api = useSyncApi()
  const { failure, attempt } = useFailure()
  const reading = useLatestAnswer()
  const only = ref<NonNullable<SyncLogQuery['only']> | 'all'>('all')
  const entries = shallowRef<readonly SyncLogEntry[]>()
  const nextCursor = ref<string | null>(null)
  /** What is tried again, by id, with the time that it bears as long as nothing has become of it. */
  const replayed = shallowRef<ReadonlyMap<number, string>>(new Map())

  const read = (cursor: string | undefined, show: (page: SyncLogAnswer) => void) =>
    reading.ask(
      syncTexts.log.loadFailed,
      () => api.listLog({ ...(only.value === 'all' ? {} : { only: only.value }), cursor }),
      show,
    )

  /** The newest as they are now; older ones that were read already stay below them. */
  function showNewest(page: SyncLogAnswer): void {
    const last = page.entries.at(-1)
    const older = (entries.value ?? []).filter(({ id }) => last !== undefined && id < last.id)
    entries.value = [...page.entries, ...older]
    if (older.length === 0) nextCursor.value = page.nextCursor
    const isOpen = ([id, at]: [number, string]) =>
      entries.value?.some((entry) => entry.id === id && entry.at === at)
    replayed.value = new Map([...replayed.value].filter(isOpen))
  }
  const reload = () => read(undefined, showNewest)

  watch(
    only,
    () => {
      entries.value = undefined
      nextCursor.value = null
      void reload()
    },
    { immediate: true },
  )

  let looks = 0
  const timer = setInterval(() => {
    if (replayed.value.size === 0 || looks >= looksMost || reading.isAsking.value) return
    looks += 1
    void reload()
  }, lookEveryMs)
  onScopeDispose(() => clearInterval(timer))

  async function replay({ id, at }: SyncLogEntry): Promise<void> {
    if (replayed.value.has(id)) return
    replayed.value = new Map([...replayed.value, [id, at]])
    looks = 0
    if (await attempt(syncTexts.log.replayFailed, () => api.replay(id))) return
    replayed.value = new Map([...replayed.value].filter(([other]) => other !== id))
    // Somebody else may have done it.
    if (failure.value?.error.code === 'not_found') await reload()
  }

  async function more(): Promise<void> {
    if (reading.isAsking.value || nextCursor.value === null) return
    await read(nextCursor.value, (page) => {
      entries.value = [...(entries.value ?? []), ...page.entries]
      nextCursor.value = page.nextCursor
    })
  }

  return {
    only,
    entries,
    nextCursor,
    replayed,
    isReading: reading.isAsking,
    loadFailure: reading.failure,
    failure,
    replay,
    reload,
    more,
  }
}
