import { describe, expect, it } from 'vitest'
import { isTokenRefused, refusalToAppError } from '../../server/highlevel/platform-errors.ts'

const installUrl = 'https://app.example.com/oauth/install'

const codeOf = (
  status: number,
  message: unknown,
  effect: 'read' | 'write' = 'read',
  aboutContact = true,
): string =>
  refusalToAppError({ status, body: { statusCode: status, message } }, { effect, aboutContact, installUrl })
    .code

describe('platform errors', () => {
  it.each([
    [400, 'Contact with id 123 not found', 'not_found'],
    [422, ['Contact not found'], 'not_found'],
    [404, 'Not Found', 'not_found'],
    [400, "Contact doesn't exist", 'not_found'],
    [400, 'Could not find contact', 'not_found'],
    [400, 'fromNumber not found', 'rejected'],
    [400, 'DND is enabled for this contact', 'dnd_active'],
    [422, 'The contact is on Do Not Disturb', 'dnd_active'],
    [403, 'Cannot send message as DND is active for SMS.', 'dnd_active'],
    [400, 'Cannot send message as DND is active for SMS.', 'dnd_active'],
    [400, 'Cannot send message as DND is active', 'dnd_active'],
    [400, 'Cannot send message as +15550001111 has unsubscribed', 'dnd_active'],
    [400, 'Missing phone number', 'no_phone'],
    [400, 'Location is not active', 'location_suspended'],
    [422, ['title should not be empty', 'dueDate must be a date'], 'rejected'],
    [400, 'assignedTo user not found in this location', 'rejected'],
    [401, 'The token is not authorized for this scope.', 'reconnect_required'],
    [401, 'Invalid JWT', 'reconnect_required'],
    [403, 'The token does not have access to this location.', 'not_found'],
    [500, 'Internal server error', 'upstream_failed'],
    [503, 'Service unavailable', 'upstream_failed'],
  ])('When the platform answers %i "%s", then it is %s', (status, message, code) => {
    expect(codeOf(status, message)).toBe(code)
  })

  it('When the platform refuses a location outside of a contact, then it is forbidden', () => {
    expect(codeOf(403, 'The token does not have access to this location.', 'read', false)).toBe('forbidden')
  })

  it('When a gateway loses the answer to a write, then its outcome is unknown', () => {
    expect(codeOf(504, 'Gateway Timeout', 'write')).toBe('outcome_unknown')
    expect(codeOf(502, 'Bad Gateway', 'write')).toBe('outcome_unknown')
  })

  it('When the platform uses its newer envelope, then its words are found all the same', () => {
    const body = { error: { code: 'BAD_REQUEST', message: 'Missing phone number', details: [] } }
    expect(
      refusalToAppError({ status: 400, body }, { effect: 'write', aboutContact: true, installUrl }).code,
    ).toBe('no_phone')
  })

  it('When a failure is shown, then it holds none of the words of the platform', () => {
    const error = refusalToAppError(
      { status: 400, body: { message: 'secret words of +15550001111' } },
      { effect: 'write', aboutContact: true, installUrl },
    )
    expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(/secret|5550001111/)
  })

  it('When a token is expired, then a newer one may help; when a right is missing, then not', () => {
    const refused = (message: string) => isTokenRefused({ status: 401, body: { message } })
    expect(refused('Invalid token: access token is invalid')).toBe(true)
    expect(refused('Invalid JWT')).toBe(true)
    expect(refused('The token is not authorized for this scope.')).toBe(false)
    expect(refused('This authClass type is not allowed to access this scope.')).toBe(false)
    expect(refused('version header was not found.')).toBe(false)
  })
})
