import { computed, ref, shallowRef } from 'vue'
import { normalizeTags } from '../../shared/tag-names.ts'
import { useApi } from '../api/endpoints.ts'
import { contactTexts } from '../contact-texts.ts'
import { useTurnsStore } from '../stores/turns-store.ts'
import { useContactCache } from './useContactCache.ts'
import { useContactFailure } from './useContactFailure.ts'
import { useContactScope } from './useContactScope.ts'
import type { FailureWords } from './useFailure.ts'

type TagChange = { kind: 'add' | 'remove'; tags: string[] }

/** What the contact will have once the pending changes are done. */
export function withChanges(tags: readonly string[], changes: readonly TagChange[]): string[] {
  const result = new Set(tags)
  for (const { kind, tags: names } of changes) {
    for (const name of names) {
      if (kind === 'add') result.add(name)
      else result.delete(name)
    }
  }
  return [...result]
}

/** Names out of what was typed; a comma separates several. */
export function typedTags(text: string): string[] {
  return normalizeTags(text.split(','))
}

/** Tags of the open contact: changes show at once, are sent one after the other, and the answer has the last word. */
export function useContactTags() {
  const { contactId, contact } = useContactScope()
  const api = useApi()
  const cache = useContactCache(contactId)
  const { failure, attemptOrTell, dismiss } = useContactFailure()
  const words = contactTexts.tags
  const pending = shallowRef<readonly TagChange[]>([])
  /** The last removal, while it can be undone. */
  const removed = ref<string | null>(null)
  const { inTurn } = useTurnsStore()

  async function send({ kind, tags }: TagChange): Promise<void> {
    const answer = await (kind === 'add' ? api.addTags(contactId, tags) : api.removeTags(contactId, tags))
    cache.setTags(answer.tags)
  }

  /** Answers hold all tags, so their order counts. */
  const turn = `tags of ${contactId}`

  async function change(failureWords: FailureWords, next: TagChange): Promise<boolean> {
    pending.value = [...pending.value, next]
    const succeeded = await attemptOrTell(failureWords, () => inTurn(turn, () => send(next)))
    pending.value = pending.value.filter((other) => other !== next)
    return succeeded
  }

  async function add(names: readonly string[]): Promise<boolean> {
    const wanted = normalizeTags(names)
    if (wanted.length === 0) return true
    removed.value = null
    const tag = wanted.join(', ')
    const succeeded = await change(
      { failed: words.addFailed(tag), unsure: words.addUnsure(tag) },
      { kind: 'add', tags: wanted },
    )
    if (succeeded) cache.refreshTagPicker()
    return succeeded
  }

  async function remove(name: string): Promise<void> {
    removed.value = name
    const succeeded = await change(
      { failed: words.removeFailed(name), unsure: words.removeUnsure(name) },
      { kind: 'remove', tags: [name] },
    )
    if (!succeeded && removed.value === name) removed.value = null
  }

  return {
    tags: computed(() => withChanges(contact.value?.tags ?? [], pending.value)),
    removed,
    failure,
    dismiss,
    add,
    remove,
    undoRemoval: async () => {
      if (removed.value !== null) await add([removed.value])
    },
  }
}
