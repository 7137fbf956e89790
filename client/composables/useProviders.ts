import { useQueryCache } from '@pinia/colada'
import { computed, ref } from 'vue'
import type {
  CarrierName,
  ProviderConnection,
  ProviderName,
  ProvidersAnswer,
} from '../../shared/provider-contract.ts'
import { toApiError } from '../api/api-error.ts'
import { useProviderApi } from '../api/provider-endpoints.ts'
import { providerLabels } from '../provider-labels.ts'
import { providerTexts } from '../provider-texts.ts'
import { useConfirmStore } from '../stores/confirm-store.ts'
import { providersQueryKey, syncQueryKey } from './query-keys.ts'
import { useFailure } from './useFailure.ts'
import { useProvidersQuery } from './useProvidersQuery.ts'

export type ProviderEntry = ProvidersAnswer['providers'][number]

/** What is known of a provider, with a change that the server has taken. */
export function useProvidersCache() {
  const cache = useQueryCache()

  /** Never throws: that reading failed shows where it is shown. */
  async function reload(): Promise<void> {
    await cache.invalidateQueries({ key: providersQueryKey }).catch(() => undefined)
  }

  /** Shows a connection as the server answered it, before anything is read again. */
  function keep(connection: ProviderConnection): void {
    cache.setQueryData<ProvidersAnswer>(providersQueryKey, (answer) => {
      if (!answer) throw new Error('A connection was changed before any was read')
      const providers = answer.providers.map((entry) =>
        entry.provider === connection.carrier
          ? { ...entry, isConnected: true, isBroken: connection.status === 'broken', connection }
          : entry,
      )
      return { ...answer, providers }
    })
  }

  /** What goes by the connection is read anew: contacts can be kept in step with some systems only. */
  function connectionsChanged(): void {
    void cache.invalidateQueries({ key: syncQueryKey }).catch(() => undefined)
  }

  return { keep, reload, connectionsChanged }
}

/** Who can carry the texts of this sub-account, and the choice between them. */
export function useProviders() {
  const api = useProviderApi()
  const confirm = useConfirmStore()
  const query = useProvidersQuery()
  const { reload, connectionsChanged } = useProvidersCache()
  const { failure, attempt, dismiss } = useFailure()
  const running = ref<ProviderName | null>(null)
  /** The last thing that succeeded, in words; and what it left behind in the other system. */
  const done = ref('')
  const leftovers = ref<{ carrier: CarrierName; items: readonly string[] } | null>(null)

  const chosen = computed(() => query.data.value?.chosen ?? 'crm')

  async function run(provider: ProviderName, title: string, action: () => Promise<unknown>) {
    running.value = provider
    done.value = ''
    leftovers.value = null
    const succeeded = await attempt(title, action)
    await reload()
    running.value = null
    return succeeded
  }

  async function choose(provider: ProviderName): Promise<boolean> {
    const name = providerLabels[provider]
    const succeeded = await run(provider, providerTexts.section.chooseFailed(name), () =>
      api.choose({ provider }),
    )
    if (succeeded) done.value = providerTexts.section.chosen(name)
    return succeeded
  }

  async function disconnect(carrier: CarrierName): Promise<void> {
    const name = providerLabels[carrier]
    const words = providerTexts.connection
    const confirmed = await confirm.ask({
      title: words.confirmDisconnect(name),
      text: words.confirmHint(providerTexts.carriers[carrier].remains, chosen.value === carrier),
      action: words.disconnect,
    })
    if (!confirmed) return
    let items: readonly string[] = []
    const succeeded = await run(carrier, words.disconnectFailed(name), async () => {
      items = (await api.disconnect(carrier)).leftovers
    })
    if (!succeeded) return
    connectionsChanged()
    done.value = words.disconnected(name)
    leftovers.value = items.length > 0 ? { carrier, items } : null
  }

  return {
    providers: computed(() => query.data.value?.providers ?? null),
    chosen,
    loadFailure: computed(() => (query.error.value === null ? null : toApiError(query.error.value))),
    reload: () => query.refetch(),
    running,
    done,
    leftovers,
    choose,
    disconnect,
    failure,
    dismiss,
  }
}
