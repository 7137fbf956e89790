import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CipherError, createCipher } from '../../server/installations/cipher.ts'

const [older, newer] = [randomBytes(32), randomBytes(32)]

describe('token cipher', () => {
  it('When a text is sealed, then it opens for its owner and is not readable', () => {
    const cipher = createCipher([newer])
    const envelope = cipher.seal('a token with ünïcode', 'location:1:access')
    expect(envelope).toMatch(/^v1\.[\w-]{8}\.[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(envelope).not.toContain('token')
    expect(cipher.open(envelope, 'location:1:access')).toBe('a token with ünïcode')
  })

  it('When the same text is sealed twice, then the envelopes differ', () => {
    const cipher = createCipher([newer])
    expect(cipher.seal('x', 'o')).not.toBe(cipher.seal('x', 'o'))
  })

  it('When another owner opens it, then it is refused', () => {
    const cipher = createCipher([newer])
    expect(() => cipher.open(cipher.seal('x', 'location:1'), 'location:2')).toThrow(CipherError)
  })

  it('When any part of it was changed, then it is refused', () => {
    const cipher = createCipher([newer])
    const parts = cipher.seal('a token', 'o').split('.')
    for (const place of [1, 2, 3, 4]) {
      const part = parts[place] ?? ''
      const changed = parts.with(place, (part.startsWith('A') ? 'B' : 'A') + part.slice(1)).join('.')
      expect(() => cipher.open(changed, 'o')).toThrow(CipherError)
    }
    expect(() => cipher.open('', 'o')).toThrow(CipherError)
    expect(() => cipher.open(`${parts.join('.')}.x`, 'o')).toThrow(CipherError)
    expect(() => cipher.open(parts.with(3, parts[3]?.slice(0, 6) ?? '').join('.'), 'o')).toThrow(CipherError)
  })

  it('When keys rotate, then old envelopes open and new ones are sealed with the newest', () => {
    const sealedBefore = createCipher([older]).seal('x', 'o')
    const rotated = createCipher([newer, older])
    expect(rotated.open(sealedBefore, 'o')).toBe('x')
    expect(createCipher([newer]).open(rotated.seal('y', 'o'), 'o')).toBe('y')
    expect(() => createCipher([newer]).open(sealedBefore, 'o')).toThrow(CipherError)
  })
})
