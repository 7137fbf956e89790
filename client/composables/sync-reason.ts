import type { FailureCode } from '../api/api-error.ts'
import { syncTexts } from '../sync-texts.ts'
import { failureReason } from '../texts.ts'

/** Why something of the sync failed: a code does not say which of the two systems it was. */
export function syncReason(code: FailureCode): string {
  return syncTexts.failures[code] ?? failureReason({ code })
}
