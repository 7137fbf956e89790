import type { CarrierName } from '../../shared/provider-contract.ts'
import type { ApiError } from '../api/api-error.ts'
import { providerLabels } from '../provider-labels.ts'
import { providerTexts } from '../provider-texts.ts'
import { failureReason } from '../texts.ts'

/** Why a call that goes through to another system failed: most codes speak of that system, not of the CRM. */
export function providerReason(error: ApiError, carrier: CarrierName, step?: 'credentials'): string {
  const name = providerLabels[carrier]
  switch (error.code) {
    case 'rejected':
      return step ? providerTexts.reasons.credentials(name) : providerTexts.reasons.rejected(name)
    case 'rate_limited':
    case 'upstream_failed':
    case 'upstream_unavailable':
    case 'not_found':
    case 'conflict':
      return providerTexts.reasons[error.code](name)
    default:
      return failureReason(error)
  }
}
