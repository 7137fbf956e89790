import { describe, expect, it } from 'vitest'
import { platformPath } from '../../server/highlevel/platform-path.ts'

describe('platform path', () => {
  it('When an id holds signs of an address, then it stays one segment', () => {
    expect(platformPath`/contacts/${'a/b?c=d#e'}/tags`).toBe('/contacts/a%2Fb%3Fc%3Dd%23e/tags')
  })

  it.each(['', '.', '..'])('When an id is "%s", then there is nothing with it', (id) => {
    expect(() => platformPath`/contacts/${id}`).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})
