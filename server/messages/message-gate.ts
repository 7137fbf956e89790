import { AppError } from '../errors.ts'
import type { PlatformContact } from '../highlevel/contact-answers.ts'

/**
 * Refuses before the try what the platform would refuse after it.
 * @throws {AppError} `no_phone` or `dnd_active`
 */
export function assertTextable(contact: PlatformContact): void {
  if (!contact.phone?.trim()) {
    throw new AppError('no_phone', 'This contact has no phone number. Add one in the CRM to text them.')
  }
  const sms = contact.dndSettings?.SMS?.status
  if (contact.dnd === true || sms === 'active' || sms === 'permanent') {
    throw new AppError(
      'dnd_active',
      'This contact is on do-not-disturb for SMS. Nothing was sent. Lift it in the CRM if they agreed to texts.',
    )
  }
}
