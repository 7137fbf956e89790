import { AppError } from '../errors.ts'
import type { PlatformContact } from '../highlevel/contact-answers.ts'

/**
 * What the platform would refuse after the try is refused before it.
 * @returns `no_phone`, `dnd_active`, or undefined where the contact may be texted
 */
export function refusalToText(contact: PlatformContact): AppError | undefined {
  if (!contact.phone?.trim()) {
    return new AppError('no_phone', 'This contact has no phone number. Add one in the CRM to text them.')
  }
  const sms = contact.dndSettings?.SMS?.status
  if (contact.dnd === true || sms === 'active' || sms === 'permanent') {
    return new AppError(
      'dnd_active',
      'This contact is on do-not-disturb for SMS. Nothing was sent. Lift it in the CRM if they agreed to texts.',
    )
  }
  return undefined
}
