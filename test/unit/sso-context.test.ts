import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../server/errors.ts'
import { openUserContext } from '../../server/session/sso-context.ts'

const key = 'test-shared-secret'
/** Made by OpenSSL: `-aes-256-cbc -md md5 -S 0102030405060708`. */
const published =
  'U2FsdGVkX18BAgMEBQYHCFdukKKXL56W7TS1pvgDV4+WNlzlz3+AIW7bD0uMepESxVH7BwtA75KppQNH8Y87kHLXUpR4cq9EMpf/dLcs57e5LSQ0mEVTo27VDXKMiB3RY6b8yHbLnFlSAztEbno+vL+gnszSzzc1/iUnbFFum6WEVsHgS0B4P60TpGBzfJggCBfL/h58ohjwRf0556R+zw=='

function seal(text: string, passphrase = key): string {
  const salt = randomBytes(8)
  const rounds = [Buffer.alloc(0)]
  while (rounds.length < 4) {
    rounds.push(
      createHash('md5')
        .update(Buffer.concat([rounds.at(-1) ?? salt, Buffer.from(passphrase), salt]))
        .digest(),
    )
  }
  const derived = Buffer.concat(rounds)
  const cipher = createCipheriv('aes-256-cbc', derived.subarray(0, 32), derived.subarray(32, 48))
  return Buffer.concat([Buffer.from('Salted__'), salt, cipher.update(text, 'utf8'), cipher.final()]).toString(
    'base64',
  )
}

const context = { userId: 'u1', companyId: 'c1', role: 'user', type: 'account', activeLocation: 'loc1' }

function failureOf(data: string, keys = [key]): AppError {
  try {
    openUserContext(data, keys)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it was opened')
}

describe('user context', () => {
  it('When the published example is opened, then it gives user, company and location', () => {
    expect(openUserContext(published, [key])).toEqual({
      userId: 'u1',
      companyId: 'c1',
      activeLocation: 'loc1',
    })
  })

  it('When the secret was rotated, then a context of the earlier one still opens', () => {
    expect(openUserContext(published, ['the new secret', key])).toMatchObject({ userId: 'u1' })
  })

  it.each([{ activeLocation: '' }, { activeLocation: null }, { activeLocation: undefined }])(
    'When there is no location ($activeLocation), then it is null',
    (change) => {
      expect(
        openUserContext(seal(JSON.stringify({ ...context, ...change })), [key]).activeLocation,
      ).toBeNull()
    },
  )

  it('When fields are added by the platform, then they are ignored', () => {
    const data = seal(
      JSON.stringify({ ...context, isAgencyOwner: true, whitelabelDetails: { domain: 'x.example' } }),
    )
    expect(openUserContext(data, [key])).toEqual({ userId: 'u1', companyId: 'c1', activeLocation: 'loc1' })
  })

  const changed = `${published.slice(0, 60)}AAAA${published.slice(64)}`
  it.each([
    ['empty', ''],
    ['no base64', '{"userId":"u1"}'],
    ['no salt', Buffer.from('some bytes that are not salted').toString('base64')],
    ['only the salt', Buffer.from('Salted__12345678').toString('base64')],
    ['cut off', published.slice(0, -24)],
    ['changed', changed],
    ['another secret', seal(JSON.stringify(context), 'foreign')],
    ['no JSON', seal('hello')],
    ['no object', seal('"u1"')],
    ['no user', seal(JSON.stringify({ ...context, userId: undefined }))],
    ['a path as user', seal(JSON.stringify({ ...context, userId: '../users' }))],
    ['a location that is no id', seal(JSON.stringify({ ...context, activeLocation: { id: 'x' } }))],
    ['huge', seal(JSON.stringify({ ...context, filler: 'x'.repeat(9_000) }))],
  ])('When it is %s, then it is refused with the same answer as all others', (_name, data) => {
    const { code, message, details, cause } = failureOf(data)
    const { message: usual } = failureOf('')
    expect({ code, message, details, cause }).toEqual({
      code: 'unauthenticated',
      message: usual,
      details: undefined,
      cause: undefined,
    })
  })

  it('When there is no secret, then nothing opens', () => {
    expect(failureOf(published, []).code).toBe('unauthenticated')
  })
})
