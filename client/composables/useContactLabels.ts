import { onMounted, ref } from 'vue'
import { useApi } from '../api/endpoints.ts'

/** What people know contacts of the CRM by; one that cannot be read keeps its id. */
export function useContactLabels(contactIds: readonly string[]) {
  const api = useApi()
  const labels = ref<ReadonlyMap<string, string>>(new Map())

  async function load(contactId: string): Promise<void> {
    const answer = await api.getContact(contactId).catch(() => null)
    if (!answer) return
    const { name, phone, email } = answer.contact
    const more = phone ?? email
    labels.value = new Map([...labels.value, [contactId, more === null ? name : `${name} · ${more}`]])
  }

  onMounted(() => {
    for (const contactId of contactIds) void load(contactId)
  })
  return (contactId: string): string => labels.value.get(contactId) ?? contactId
}
