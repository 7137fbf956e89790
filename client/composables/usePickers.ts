import { useQuery } from '@pinia/colada'
import { useApi } from '../api/endpoints.ts'
import { phoneNumberPickerKey, tagPickerKey, userPickerKey } from './query-keys.ts'

/** Choices of the sub-account change rarely: asked once, then again after some minutes. */
const staleTime = 5 * 60_000

export function useTagPicker() {
  const api = useApi()
  return useQuery({ key: tagPickerKey, staleTime, query: async () => (await api.listTags()).tags })
}

export function useUserPicker() {
  const api = useApi()
  return useQuery({ key: userPickerKey, staleTime, query: async () => (await api.listUsers()).users })
}

export function usePhoneNumberPicker() {
  const api = useApi()
  return useQuery({
    key: phoneNumberPickerKey,
    staleTime,
    query: async () => (await api.listPhoneNumbers()).phoneNumbers,
  })
}
