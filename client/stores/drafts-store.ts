import { defineStore } from 'pinia'
import { reactive } from 'vue'
import type { DuePreset } from '../../shared/due-presets.ts'
import type { SendMessage } from '../../shared/message-contract.ts'
import type { WrapUp, WrapUpAnswer } from '../../shared/wrap-up-contract.ts'
import type { ApiError } from '../api/api-error.ts'

/** A request as it was sent: a repeat must be the same, under the same key. */
export type Attempt<Payload> = { key: string; payload: Payload }

/** The request to repeat in order to learn what became of a message. */
export type MessageCheck =
  { by: 'message'; attempt: Attempt<SendMessage> } | { by: 'wrap_up'; attempt: Attempt<WrapUp> }

export type SendState =
  | { status: 'idle' }
  | { status: 'sending' }
  /** Certain that nothing was sent, or a repeat under the same key is safe. */
  | { status: 'failed'; error: ApiError; attempt: Attempt<SendMessage> }
  /** The platform may have sent it: only a person may decide to send again. */
  | { status: 'unknown'; check: MessageCheck }

export type WrapUpState =
  | { status: 'idle' }
  | { status: 'empty'; messageHeld: boolean }
  | { status: 'running'; attempt: Attempt<WrapUp> }
  | { status: 'failed'; error: ApiError; attempt: Attempt<WrapUp> }
  | { status: 'done'; parts: WrapUpAnswer['parts']; attempt: Attempt<WrapUp> }

export type DueChoice = DuePreset | 'custom'

/** What is typed for one contact and not yet done; kept while one looks at another contact. */
export type Draft = {
  message: string
  /** E.164; null means the sub-account's default. */
  fromNumber: string | null
  tag: string
  task: {
    title: string
    due: DueChoice
    /** Wall clock of the location's zone, for `custom`. */
    customDue: string
    /** A user's id, null for nobody, undefined for "not chosen": me. */
    assignedTo: string | null | undefined
  }
  note: string
  send: SendState
  wrapUp: WrapUpState
}

export function emptyTaskDraft(): Draft['task'] {
  return { title: '', due: 'tomorrow', customDue: '', assignedTo: undefined }
}

export const useDraftsStore = defineStore('drafts', () => {
  const drafts = new Map<string, Draft>()

  function draftOf(contactId: string): Draft {
    const known = drafts.get(contactId)
    if (known) return known
    const draft = reactive<Draft>({
      message: '',
      fromNumber: null,
      tag: '',
      task: emptyTaskDraft(),
      note: '',
      send: { status: 'idle' },
      wrapUp: { status: 'idle' },
    })
    drafts.set(contactId, draft)
    return draft
  }

  return { draftOf }
})
