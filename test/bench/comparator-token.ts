import { createSecretKey, randomBytes } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { benchIds } from './platform-answers.ts'

/** What servers that stand beside the app check tokens with, and a token that passes. */
export function createComparatorToken(): { secret: string; token: string } {
  const secret = randomBytes(32).toString('hex')
  const key = createSecretKey(Buffer.from(secret))
  return { secret, token: jwt.sign({ sub: benchIds.userId }, key, { expiresIn: '1h' }) }
}
