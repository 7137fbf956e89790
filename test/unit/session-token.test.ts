import jwt from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import { createSessionTokens } from '../../server/session/session-token.ts'
import { createTestClock } from '../support/clock.ts'

const secret = 'a secret of at least thirty-two bytes'
const other = 'another secret of thirty-two bytes or so'
const issuer = 'https://app.example.com'
const claims = { userId: 'u1', companyId: 'c1', locationId: 'l1', installationId: 'i1' }

function setUp(secrets = [secret]) {
  const clock = createTestClock()
  return { clock, tokens: createSessionTokens({ secrets, issuer, now: clock.now }) }
}

/** Signed like ours, but for what is changed. */
function forge(change: object, key = secret, algorithm: jwt.Algorithm = 'HS256'): string {
  const iat = Math.floor(createTestClock().now() / 1000)
  const payload = { sub: 'u1', company: 'c1', location: 'l1', installation: 'i1', iat, exp: iat + 60 }
  return jwt.sign({ ...payload, iss: issuer, aud: 'wrapup-session', ...change }, key, { algorithm })
}

describe('session token', () => {
  it('When a token was issued, then it says who it is for, for fifteen minutes at most', () => {
    const { clock, tokens } = setUp()
    const { token, expiresAt } = tokens.issue(claims)
    expect(tokens.verify(token)).toEqual(claims)
    expect(expiresAt.getTime() - clock.now()).toBeLessThanOrEqual(15 * 60_000)
    clock.advance(15 * 60_000)
    expect(() => tokens.verify(token)).toThrow(expect.objectContaining({ code: 'session_expired' }))
  })

  it('When the secret rotates, then tokens of the earlier one are good until they expire', () => {
    const { token } = setUp([other]).tokens.issue(claims)
    expect(setUp([secret, other]).tokens.verify(token)).toEqual(claims)
  })

  it('When a forged token has the right content and the right secret, then it would pass', () => {
    expect(setUp().tokens.verify(forge({}))).toEqual(claims)
  })

  it.each([
    ['no token', 'abc'],
    ['another secret', forge({}, other)],
    ['another algorithm', forge({}, secret, 'HS512')],
    ['another issuer', forge({ iss: 'https://evil.example' })],
    ['another audience', forge({ aud: 'something' })],
    ['no location', forge({ location: undefined })],
    [
      'no algorithm',
      jwt.sign(
        { sub: 'u1', company: 'c1', location: 'l1', installation: 'i1', iss: issuer, aud: 'wrapup-session' },
        '',
        {
          algorithm: 'none',
        },
      ),
    ],
  ])('When a token has %s, then it is refused', (_name, token) => {
    expect(() => setUp().tokens.verify(token)).toThrow(expect.objectContaining({ code: 'unauthenticated' }))
  })
})
