import type { WrapUp, WrapUpPartName } from '../../shared/wrap-up-contract.ts'
import { isUncertain, toFailureCode } from '../api/api-error.ts'
import type { WrapUpParts } from '../stores/drafts-store.ts'

export const partNames: readonly WrapUpPartName[] = ['message', 'tags', 'task', 'note']

const payloadFields = { message: 'message', tags: 'addTags', task: 'task', note: 'note' } as const

/** Parts a payload asks for. */
export function requestedParts(payload: WrapUp): WrapUpPartName[] {
  return partNames.filter((name) => payload[payloadFields[name]] !== undefined)
}

export const isUndone = (part: WrapUpParts[WrapUpPartName]): boolean => part?.ok === false

/** Whether a part may have been done although no good answer tells. */
export function isUnsure(part: WrapUpParts[WrapUpPartName]): boolean {
  return part?.ok === false && isUncertain({ code: toFailureCode(part.error.code) })
}

export const hasUnsure = (parts: WrapUpParts): boolean => partNames.some((name) => isUnsure(parts[name]))

/** Of what failed: as it was sent where nobody knows whether it happened, else as it stands in the fields now. */
export function retryPayload(parts: WrapUpParts, sent: WrapUp, now: WrapUp): WrapUp {
  const retried = partNames
    .filter((name) => isUndone(parts[name]))
    .map((name) => {
      const field = payloadFields[name]
      const { [field]: value } = isUnsure(parts[name]) ? sent : now
      return value === undefined ? {} : { [field]: value }
    })
  return Object.assign({}, ...retried)
}

/** Without a part that is settled otherwise. */
export function withoutPart(parts: WrapUpParts, name: WrapUpPartName): WrapUpParts {
  const { [name]: _settled, ...others } = parts
  return others
}
