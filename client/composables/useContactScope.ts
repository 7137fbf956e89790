import { useQuery, type UseQueryReturn } from '@pinia/colada'
import { computed, type ComputedRef, inject, type InjectionKey, provide } from 'vue'
import type { Contact } from '../../shared/contact-contract.ts'
import { useApi } from '../api/endpoints.ts'
import { type Draft, useDraftsStore } from '../stores/drafts-store.ts'
import { contactQueryKey } from './query-keys.ts'
import { useContactLive } from './useContactLive.ts'
import { type Timeline, useTimeline } from './useTimeline.ts'

/** Why no text can be sent to a contact. */
export type TextBlock = { kind: 'dnd'; reason: string | null } | { kind: 'no_phone' }

/** What all parts of an open contact share. */
export type ContactScope = {
  contactId: string
  query: UseQueryReturn<Contact, Error>
  contact: ComputedRef<Contact | undefined>
  textBlock: ComputedRef<TextBlock | null>
  draft: Draft
  timeline: Timeline
}

const scopeKey: InjectionKey<ContactScope> = Symbol('contact scope')

export function textBlockOf(contact: Contact | undefined): TextBlock | null {
  if (!contact) return null
  if (contact.smsDnd.blocked) return { kind: 'dnd', reason: contact.smsDnd.reason }
  return contact.phone === null ? { kind: 'no_phone' } : null
}

/** Opens a contact for the calling component and everything below it. */
export function provideContactScope(contactId: string): ContactScope {
  const api = useApi()
  const query = useQuery<Contact, Error>({
    key: contactQueryKey(contactId),
    query: async () => (await api.getContact(contactId)).contact,
  })
  const contact = computed(() => query.data.value)
  const timeline = useTimeline(contactId)
  useContactLive(contactId, timeline)
  const scope: ContactScope = {
    contactId,
    query,
    contact,
    textBlock: computed(() => textBlockOf(contact.value)),
    draft: useDraftsStore().draftOf(contactId),
    timeline,
  }
  provide(scopeKey, scope)
  return scope
}

export function useContactScope(): ContactScope {
  const scope = inject(scopeKey)
  if (!scope) throw new Error('This component belongs inside an open contact')
  return scope
}
