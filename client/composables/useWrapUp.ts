import { computed } from 'vue'
import { messageMaxLength } from '../../shared/field-limits.ts'
import type { WrapUp, WrapUpAnswer, WrapUpPartName } from '../../shared/wrap-up-contract.ts'
import { ApiError, isUncertain, toApiError } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import type { Attempt } from '../stores/drafts-store.ts'
import { useContactCache } from './useContactCache.ts'
import { useContactScope } from './useContactScope.ts'
import { typedTags } from './useContactTags.ts'
import { useFollowUpDraft } from './useFollowUpDraft.ts'
import { attemptOf, isSamePayload, messagePayload, useSentMessages } from './useMessageSend.ts'
import { useNotes } from './useNotes.ts'

type Parts = WrapUpAnswer['parts']

export const partNames: readonly WrapUpPartName[] = ['message', 'tags', 'task', 'note']

/** Parts a payload asks for. */
export function requestedParts(payload: WrapUp): WrapUpPartName[] {
  const asked = { message: payload.message, tags: payload.addTags, task: payload.task, note: payload.note }
  return partNames.filter((name) => asked[name] !== undefined)
}

function isRepeat({ error, attempt }: { error: ApiError; attempt: Attempt<WrapUp> }, next: WrapUp): boolean {
  return isUncertain(error) || (error.code !== 'too_large' && isSamePayload(attempt.payload, next))
}

/** Does everything that is filled in at once; each part has a result of its own. */
export function useWrapUp() {
  const { contactId, draft, timeline, textBlock, query } = useContactScope()
  const api = useApi()
  const cache = useContactCache(contactId)
  const followUp = useFollowUpDraft()
  const notes = useNotes()
  const showSent = useSentMessages()

  const isMessageHeld = computed(() => draft.send.status === 'unknown' || draft.send.status === 'sending')

  function payload(): WrapUp {
    const tags = typedTags(draft.tag)
    const task = followUp.input()
    const canText = textBlock.value === null && !isMessageHeld.value
    return {
      ...(canText && draft.message.trim() ? { message: messagePayload(draft) } : {}),
      ...(tags.length > 0 ? { addTags: tags } : {}),
      ...(task ? { task } : {}),
      ...(draft.note.trim() ? { note: { body: draft.note } } : {}),
    }
  }

  /** Clears the fields of parts that are done, unless they were changed since. */
  function clearFields(parts: Parts, sent: WrapUp): void {
    if (parts.message?.ok) {
      if (draft.message === sent.message?.message) draft.message = ''
      draft.send = { status: 'idle' }
    }
    if (parts.tags?.ok && isSamePayload(typedTags(draft.tag), sent.addTags)) draft.tag = ''
    if (parts.task?.ok && draft.task.title.trim() === sent.task?.title) followUp.clear()
    if (parts.note?.ok && draft.note === sent.note?.body) draft.note = ''
  }

  function showResults(parts: Parts): void {
    if (parts.message?.ok) showSent(parts.message.result)
    if (parts.tags?.ok) {
      cache.setTags(parts.tags.result.tags)
      cache.refreshTagPicker()
    }
    if (parts.task?.ok) cache.upsertTask(parts.task.result)
    if (parts.note?.ok) notes.accept(parts.note.result)
  }

  /** A text of which nobody knows whether it went out is kept from every later wrap-up. */
  function guardMessage(parts: Parts, attempt: Attempt<WrapUp>): void {
    if (!parts.message || parts.message.ok) return
    const { code } = parts.message.error
    if (code === 'outcome_unknown') draft.send = { status: 'unknown', check: { by: 'wrap_up', attempt } }
    else if (draft.send.status === 'unknown' && draft.send.check.by === 'wrap_up')
      draft.send = { status: 'idle' }
    if (code === 'dnd_active' || code === 'no_phone') void query.refetch()
  }

  async function submit(attempt: Attempt<WrapUp>): Promise<void> {
    draft.wrapUp = { status: 'running', attempt }
    try {
      const { parts } = await api.wrapUp(contactId, attempt.payload, attempt.key)
      guardMessage(parts, attempt)
      clearFields(parts, attempt.payload)
      draft.wrapUp = { status: 'done', parts, attempt }
      showResults(parts)
    } catch (thrown) {
      draft.wrapUp = { status: 'failed', error: toApiError(thrown), attempt }
    }
  }

  /** A wrap-up of which nobody knows how it ended is repeated as it was, before another begins. */
  async function run(): Promise<void> {
    const { wrapUp: state } = draft
    if (state.status === 'running') return
    const next = payload()
    if (state.status === 'failed' && isRepeat(state, next)) return submit(state.attempt)
    if (requestedParts(next).length === 0) {
      draft.wrapUp = { status: 'empty', messageHeld: isMessageHeld.value && draft.message.trim() !== '' }
      return
    }
    if (next.message && next.message.message.length > messageMaxLength) {
      draft.wrapUp = {
        status: 'failed',
        error: new ApiError({ code: 'too_large' }),
        attempt: attemptOf(next),
      }
      return
    }
    await submit(attemptOf(next))
  }

  /** The same request under the same key: what is done stays done. */
  async function retry(): Promise<void> {
    const { wrapUp: state } = draft
    if (state.status === 'done' || state.status === 'failed') await submit(state.attempt)
  }

  /** Asks what became of a message of an earlier wrap-up: the same key never sends it a second time. */
  async function checkMessage(): Promise<void> {
    const { send } = draft
    if (send.status !== 'unknown' || send.check.by !== 'wrap_up') return
    await Promise.all([submit(send.check.attempt), timeline.refresh()])
  }

  return {
    checkMessage,
    state: computed(() => draft.wrapUp),
    plan: computed(() => requestedParts(payload())),
    run,
    retry,
    forget: () => {
      draft.wrapUp = { status: 'idle' }
    },
  }
}
