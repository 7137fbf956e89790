import { onScopeDispose, reactive, ref, shallowRef } from 'vue'
import type {
  CarrierName,
  CheckProvider,
  ProviderAccount,
  ProviderConnection,
} from '../../shared/provider-contract.ts'
import { useProviderApi } from '../api/provider-endpoints.ts'
import { providerLabels } from '../provider-labels.ts'
import { providerTexts } from '../provider-texts.ts'
import { choicesOf, fitChoices, toConnectRequest } from './provider-choices.ts'
import { useFailure } from './useFailure.ts'
import { useProvidersCache } from './useProviders.ts'

export type ConnectStep = 'credentials' | 'choices' | 'webhook'

type ConnectFormParts = { carrier: CarrierName; connection: ProviderConnection | null; isChosen: boolean }

/** Credentials live in these fields alone, from typing them until they are kept or the dialog is closed. */
function useCredentials(carrier: CarrierName) {
  const fields = reactive({ id: '', secret: '' })
  const clear = () => Object.assign(fields, { id: '', secret: '' })
  onScopeDispose(clear)

  function toCheck(): CheckProvider {
    const [id, secret] = [fields.id.trim(), fields.secret.trim()]
    return carrier === 'heymarket'
      ? { carrier, credentials: { secretId: id, secretKey: secret } }
      : { carrier, credentials: { tokenId: id, tokenSecret: secret } }
  }
  return { fields, clear, toCheck, areEntered: () => fields.id.trim() !== '' && fields.secret.trim() !== '' }
}

/** Connects another system to this sub-account, or changes its connection. */
export function useConnectForm({ carrier, connection, isChosen }: ConnectFormParts) {
  const api = useProviderApi()
  const { keep, reload, connectionsChanged } = useProvidersCache()
  const { failure, attempt, dismiss } = useFailure()
  const credentials = useCredentials(carrier)
  const choices = reactive(choicesOf(connection))
  const account = shallowRef<ProviderAccount | null>(null)
  const isBusy = ref(false)
  const words = providerTexts.dialog
  if (isChosen) choices.makesChosen = false

  async function run(title: string, action: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    const succeeded = await attempt(title, action)
    isBusy.value = false
    return succeeded
  }

  function accept(found: ProviderAccount): void {
    fitChoices(choices, found)
    account.value = found
  }

  const check = () =>
    run(words.checkFailed, async () => accept((await api.check(credentials.toCheck())).account))

  const readAccount = () =>
    run(words.accountFailed(providerLabels[carrier]), async () =>
      accept((await api.getAccount(carrier)).account),
    )

  async function save(): Promise<boolean> {
    const request = toConnectRequest(
      credentials.areEntered() ? credentials.toCheck() : null,
      carrier,
      choices,
    )
    if (!request) return false
    const isSaved = await run(words.saveFailed, async () => keep((await api.connect(request)).connection))
    if (!isSaved) return false
    connectionsChanged()
    credentials.clear()
    return true
  }

  async function saveToken(token: string): Promise<boolean> {
    const request = toConnectRequest(null, carrier, choices)
    if (request?.carrier !== 'heymarket') return false
    const settings = { ...request.settings, webhookToken: token.trim() }
    const isSaved = await run(providerTexts.webhook.tokenFailed, async () =>
      keep((await api.connect({ ...request, settings })).connection),
    )
    if (isSaved) void reload()
    return isSaved
  }

  return {
    credentials: credentials.fields,
    choices,
    account,
    isBusy,
    failure,
    dismiss,
    check,
    readAccount,
    save,
    saveToken,
  }
}
export type ConnectForm = ReturnType<typeof useConnectForm>
