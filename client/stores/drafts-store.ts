import { defineStore } from 'pinia'
import { reactive, shallowReactive } from 'vue'
import type { DuePreset } from '../../shared/due-presets.ts'
import type { SendMessage } from '../../shared/message-contract.ts'
import type { WrapUp, WrapUpAnswer, WrapUpPartName } from '../../shared/wrap-up-contract.ts'
import type { ApiError } from '../api/api-error.ts'

/** A request as it was sent: a repeat must be the same, under the same key. */
export type Attempt<Payload> = {
  key: string
  payload: Payload
  startedAtMs: number
  /** Texts with the same words that were in the conversation before it. */
  twinIds: readonly string[]
}

/** The request to repeat in order to learn what became of a message. */
export type MessageCheck = { by: 'message' | 'wrap_up'; attempt: Attempt<SendMessage> }

export type WrapUpParts = WrapUpAnswer['parts']

export type SendState =
  | { status: 'idle' }
  | { status: 'sending' }
  /** The same words went out a moment ago: they go out again only when a person says so. */
  | { status: 'twin'; by: MessageCheck['by']; text: string; at: string }
  /** Nothing was sent; `unsure` where that is not certain, so that only a repeat under the same key is safe. */
  | { status: 'failed'; error: ApiError; unsure: boolean; attempt: Attempt<SendMessage> }
  /** The platform may have sent it: only a person may decide to send again. */
  | { status: 'unknown'; check: MessageCheck }

export type WrapUpState =
  | { status: 'idle' }
  /** Nothing to do, or nothing that may be done right now. */
  | { status: 'empty'; why: 'blank' | 'message_held' | 'being_added' | 'no_date' }
  /** `earlier`: what the parts that are not tried again came to. */
  | { status: 'running'; attempt: Attempt<WrapUp>; earlier: WrapUpParts }
  | { status: 'failed'; error: ApiError; unsure: boolean; attempt: Attempt<WrapUp>; earlier: WrapUpParts }
  | { status: 'done'; parts: WrapUpParts; attempt: Attempt<WrapUp> }

/** A follow-up or a note added alone, not by a wrap-up. */
export type AddState =
  | { status: 'idle' }
  | { status: 'adding' }
  /** `unsure`: it may be there all the same, as an item other than those that said so before. */
  | { status: 'failed'; error: ApiError; unsure: boolean; text: string; twinIds: readonly string[] }

export type AddedPart = Exclude<WrapUpPartName, 'message' | 'tags'>

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
  adds: Record<AddedPart, AddState>
  wrapUp: WrapUpState
}

export function emptyTaskDraft(): Draft['task'] {
  return { title: '', due: 'tomorrow', customDue: '', assignedTo: undefined }
}

export const useDraftsStore = defineStore('drafts', () => {
  const drafts = shallowReactive(new Map<string, Draft>())

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
      adds: { task: { status: 'idle' }, note: { status: 'idle' } },
      wrapUp: { status: 'idle' },
    })
    drafts.set(contactId, draft)
    return draft
  }

  return { draftOf, find: (contactId: string) => drafts.get(contactId), all: () => [...drafts.values()] }
})
