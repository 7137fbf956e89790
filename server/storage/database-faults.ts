import { StorageError } from './storage-error.ts'

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const wordsOfState: Readonly<Record<string, string>> = {
  '28000': 'its user is not let in: the server knows no such user, or takes none from here or without TLS',
  '28P01': 'the password of its user is wrong',
  '3D000': 'there is no such database: create it, or correct the name at the end of DATABASE_URL',
  '42501':
    'its user lacks a right: it must be allowed to create schemas in the database, and tables in the schema "public"',
  '53300': 'the server has no connection left',
  '57P03': 'the server is still starting, or stopping',
}

/** @see https://nodejs.org/api/errors.html */
const wordsOfSystem: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its host name cannot be looked up',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the server ended the connection',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its host',
  ENOENT: 'there is no such socket or file',
  ENOTFOUND: 'its host name does not exist',
  ETIMEDOUT: 'it does not answer',
}

const ofCertificate = /CERT|SELF_SIGNED|ISSUER|LEAF_SIGNATURE|ALTNAME/

type Fault = { words: string; code?: string }

/** The driver tells these by words alone, which hold nothing of the address. */
function faultOfMessage(message: string): Fault | undefined {
  if (message.includes('does not support SSL')) {
    return { words: 'the server offers no TLS, which sslmode in DATABASE_URL asks for' }
  }
  return /timeout/i.test(message) ? { words: 'it does not answer' } : undefined
}

function faultOfCode(code: string): Fault | undefined {
  const words = wordsOfState[code] ?? wordsOfSystem[code]
  if (words !== undefined) return { words, code }
  if (ofCertificate.test(code)) {
    return {
      words: "the server's TLS certificate is refused: sslrootcert names the file of its issuer",
      code,
    }
  }
  return undefined
}

/** Libraries wrap what the driver says: the innermost error that means something counts. */
function faultOf(error: unknown): Fault | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return (
    faultOf(error.cause) ??
    (code === undefined ? undefined : (faultOfCode(code) ?? { words: 'it failed', code })) ??
    faultOfMessage(error.message)
  )
}

/** The driver's message may quote credentials, its code does not. */
export function explainDatabaseFault(error: unknown, databaseUrl: string | undefined): unknown {
  if (databaseUrl === undefined || error instanceof StorageError) return error
  const { words, code } = faultOf(error) ?? { words: 'the reason is not known' }
  const place = URL.parse(databaseUrl)?.host || 'DATABASE_URL'
  return new StorageError(
    `The database at ${place} could not be opened and brought up to date: ${words}${code === undefined ? '' : ` (${code})`}. Check DATABASE_URL and the server.`,
    { cause: error },
  )
}
