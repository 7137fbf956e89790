import { describe, expect, it } from 'vitest'
import { createOAuthState } from '../../server/installations/oauth-state.ts'
import { createTestClock } from '../support/clock.ts'

function setUp(secrets = ['a secret']) {
  const clock = createTestClock()
  const stored = new Set<string>()
  const store = {
    add: async (id: string) => void stored.add(id),
    take: async (id: string) => stored.delete(id),
  }
  return { clock, store, stored, state: createOAuthState({ secrets, store, now: clock.now }) }
}

describe('oauth state', () => {
  it('When a state comes back, then it is good once', async () => {
    const { state } = setUp()
    const issued = await state.issue()
    expect(await state.consume(issued)).toMatchObject({ result: 'valid' })
    expect(await state.consume(issued)).toMatchObject({ result: 'used' })
  })

  it('When ten minutes have passed, then it has expired', async () => {
    const { state, clock } = setUp()
    const issued = await state.issue()
    clock.advance(10 * 60_000)
    expect(await state.consume(issued)).toMatchObject({ result: 'expired' })
  })

  it('When it is stored, then it cannot be read from the store', async () => {
    const { state, stored } = setUp()
    const issued = await state.issue()
    expect([...stored].some((id) => issued.includes(id))).toBe(false)
  })

  it('When the secret rotates, then a state of the earlier one is good', async () => {
    const { store, clock, state } = setUp(['old secret'])
    const issued = await state.issue()
    const rotated = createOAuthState({ secrets: ['new secret', 'old secret'], store, now: clock.now })
    expect(await rotated.consume(issued)).toMatchObject({ result: 'valid' })
  })

  it('When it is foreign or changed, then it is refused and spends nothing', async () => {
    const { state } = setUp()
    const issued = await state.issue()
    const [nonce, expiry, signature] = issued.split('.')
    for (const given of [
      '',
      'x',
      '..',
      `${nonce}.zzzzzzzz.${signature}`,
      `${nonce}.${expiry}.`,
      `${issued}.x`,
    ]) {
      expect(await state.consume(given)).toMatchObject({ result: 'foreign' })
    }
    expect(await state.consume(issued)).toMatchObject({ result: 'valid' })
  })
})
