import type { WrapUp } from '../../shared/wrap-up-contract.ts'
import { isAddedAlone, isSentAlone } from './part-owner.ts'
import { messagePayload } from './send-attempt.ts'
import { useContactScope } from './useContactScope.ts'
import { typedTags } from './useContactTags.ts'
import { useFollowUpDraft } from './useFollowUpDraft.ts'

/** What a wrap-up would do right now: all that is filled in and that nothing else is doing already. */
export function useWrapUpPayload() {
  const { draft, textBlock } = useContactScope()
  const followUp = useFollowUpDraft()

  return (): WrapUp => {
    const tags = typedTags(draft.tag)
    const task = isAddedAlone(draft, 'task') ? null : followUp.input()
    const hasMessage = textBlock.value === null && !isSentAlone(draft) && draft.message.trim() !== ''
    const hasNote = !isAddedAlone(draft, 'note') && draft.note.trim() !== ''
    return {
      ...(hasMessage ? { message: messagePayload(draft) } : {}),
      ...(tags.length > 0 ? { addTags: tags } : {}),
      ...(task ? { task } : {}),
      ...(hasNote ? { note: { body: draft.note } } : {}),
    }
  }
}
