import { generateKeyPairSync } from 'node:crypto'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../server/config.ts'

const settings = {
  GHL_APP_CLIENT_ID: '65f0c0ffee-abc123',
  GHL_APP_CLIENT_SECRET: 'client-secret',
  GHL_APP_SSO_KEY: 'sso-key',
  PUBLIC_URL: 'https://wrapup.example.com/',
  SESSION_SECRET: 's'.repeat(32),
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
}

function problemsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('settings', () => {
  test('When only the required ones are given, then the rest has the documented defaults', () => {
    expect(readConfig(settings)).toMatchObject({
      appId: '65f0c0ffee',
      versionId: '65f0c0ffee',
      apiDomain: 'https://services.leadconnectorhq.com',
      authorizeUrl: 'https://marketplace.gohighlevel.com/v2/oauth/chooselocation',
      publicUrl: 'https://wrapup.example.com',
      redirectUri: 'https://wrapup.example.com/oauth/callback',
      host: '127.0.0.1',
      port: 3000,
      metricsPort: undefined,
      trustedProxies: 0,
      databaseUrl: undefined,
      dataDir: resolve('./data'),
      webhookRsaKey: undefined,
      frameAncestors: [],
      heymarketUrl: 'https://api.heymarket.com',
      bulksmsUrl: 'https://api.bulksms.com/v1',
      logLevel: 'info',
    })
  })

  test('When the config is read, then it cannot be changed', () => {
    expect(Object.isFrozen(readConfig(settings))).toBe(true)
  })

  test('When all is missing or wrong, then every problem is named at once', () => {
    const names = problemsOf({ PORT: 'http', DATABASE_URL: 'mysql://db', LOG_LEVEL: 'loud' }).map(
      (problem) => problem.split(' ')[0],
    )
    expect(names.sort()).toEqual([...Object.keys(settings), 'PORT', 'DATABASE_URL', 'LOG_LEVEL'].sort())
  })

  test('When a value is wrong, then the error does not show it', () => {
    const wrong = {
      GHL_APP_SSO_KEY: ' , ',
      PUBLIC_URL: 'http://leaked.example.com',
      SESSION_SECRET: 'leaked-too-short',
      ENCRYPTION_KEY: 'leaked-not-a-key',
      WEBHOOK_SIGNATURE_PUBLIC_KEY: 'leaked-pem',
      DATABASE_URL: 'leaked://user:leaked@host',
    }
    const problems = problemsOf({ ...settings, ...wrong })
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(Object.keys(wrong).sort())
    expect(problems.join()).not.toContain('leaked')
  })

  test('When a value is empty or blank, then it counts as unset', () => {
    expect(readConfig({ ...settings, PORT: '', DATA_DIR: '  ' })).toEqual(readConfig(settings))
    expect(problemsOf({ ...settings, SESSION_SECRET: '' })).toEqual(['SESSION_SECRET is required'])
  })

  test('When secrets are rotated, then all of them are kept, newest first', () => {
    const [first, second] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const config = readConfig({
      ...settings,
      ENCRYPTION_KEY: `${second.toString('base64')}, ${first.toString('base64')}`,
      SESSION_SECRET: `${'b'.repeat(32)},${'a'.repeat(32)}`,
    })
    expect(config.encryptionKeys).toEqual([second, first])
    expect(config.sessionSecrets).toEqual(['b'.repeat(32), 'a'.repeat(32)])
  })

  test.each([
    ['https://wrapup.example.com', true],
    ['http://127.0.0.1:3000', true],
    ['http://localhost:3000', true],
    ['http://[::1]:3000', true],
    ['http://wrapup.example.com', false],
    ['https://user:password@wrapup.example.com', false],
    ['ftp://wrapup.example.com', false],
    ['wrapup.example.com', false],
  ])('When PUBLIC_URL is %s, then it is accepted: %s', (address, accepted) => {
    expect(problemsOf({ ...settings, PUBLIC_URL: address })).toHaveLength(accepted ? 0 : 1)
  })

  test('When a public key comes on one line with escaped line breaks, then it is understood', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const escaped = pem.trim().replaceAll('\n', '\\n')
    expect(problemsOf({ ...settings, WEBHOOK_SIGNATURE_PUBLIC_KEY: escaped })).toEqual([])
  })

  test.each([
    ['METRICS_PORT', '9464', true],
    ['METRICS_PORT', '65536', false],
    ['METRICS_PORT', 'on', false],
    ['TRUST_PROXY', '2', true],
    ['TRUST_PROXY', 'true', false],
    ['TRUST_PROXY', '-1', false],
  ])('When %s is %s, then it is accepted: %s', (name, value, accepted) => {
    expect(problemsOf({ ...settings, [name]: value })).toHaveLength(accepted ? 0 : 1)
  })

  test('When frame ancestors are given as addresses, then their origins count', () => {
    const config = readConfig({
      ...settings,
      FRAME_ANCESTORS: 'https://crm.example.com/v2/location, http://localhost:4000',
    })
    expect(config.frameAncestors).toEqual(['https://crm.example.com', 'http://localhost:4000'])
  })
})
