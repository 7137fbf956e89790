import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
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

function asPem({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }) {
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const ed25519 = asPem(generateKeyPairSync('ed25519'))
const rsa = asPem(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const pkcs1 = createPublicKey(rsa.publicKey).export({ type: 'pkcs1', format: 'pem' }).toString()
const damaged = ed25519.publicKey.replace('MCow', 'MCox')
/** Of an Ed25519 key, as openssl makes it. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBLjCB4aADAgECAhQFp1s+y71MyCAdUCBzc/rGE8hMUTAFBgMrZXAwDDEKMAgG
A1UEAwwBdDAgFw0yNjExMjIwODQ0NDVaGA8yMTI2MTAyOTA4NDQ0NVowDDEKMAgG
A1UEAwwBdDAqMAUGAytlcAMhAPCrkN5UrsNlApbxoaypZOY9Pm9KBuardI6huLqu
08eWo1MwUTAdBgNVHQ4EFgQU/2gvpFwwKMCU9wIuabTkHqxy3nkwHwYDVR0jBBgw
FoAU/2gvpFwwKMCU9wIuabTkHqxy3nkwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
QQA9enkc83Z5/Bdr/jUL7eQAm2l2NMwsxQUVQDxpLFLKI21ezcYlLkglMImbbYI5
gsN+4nOwdRsR+RdkXiYPVmYN
-----END CERTIFICATE-----`

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
    ['https://Wrapup.Example.com:8443/', true],
    ['http://127.0.0.1:3000', true],
    ['http://localhost:3000', true],
    ['http://[::1]:3000', true],
    ['http://wrapup.example.com', false],
    ['https://user:password@wrapup.example.com', false],
    ['ftp://wrapup.example.com', false],
    ['wrapup.example.com', false],
    ['https://wrapup.example.com/app', false],
    ['https://wrapup.example.com//', false],
    ['https://wrapup.example.com/?', false],
    ['https://wrapup.example.com/?tenant=1', false],
    ['https://wrapup.example.com/#/', false],
    ['http://127.0.0.1:3000/app', false],
  ])('When PUBLIC_URL is %s, then it is accepted: %s', (address, accepted) => {
    const problems = problemsOf({ ...settings, PUBLIC_URL: address })
    const refusal = expect.stringMatching(/^PUBLIC_URL must be an https address .* without path, query/)
    expect(problems).toEqual(accepted ? [] : [refusal])
  })

  test('When a public key comes on one line with escaped line breaks, then it is understood', () => {
    const escaped = ed25519.publicKey.trim().replaceAll('\n', '\\n')
    expect(problemsOf({ ...settings, WEBHOOK_SIGNATURE_PUBLIC_KEY: escaped })).toEqual([])
  })

  test('When keys are rotated, then several public keys are taken, whatever stands between them', () => {
    const several = `# old\n${ed25519.publicKey}\n# new\n${ed25519.publicKey}`
    expect(problemsOf({ ...settings, WEBHOOK_SIGNATURE_PUBLIC_KEY: several })).toEqual([])
    expect(problemsOf({ ...settings, WEBHOOK_PUBLIC_KEY: rsa.publicKey })).toEqual([])
  })

  test.each([
    ['WEBHOOK_SIGNATURE_PUBLIC_KEY', 'an RSA key', rsa.publicKey, /Ed25519 public keys .* type rsa$/],
    ['WEBHOOK_SIGNATURE_PUBLIC_KEY', 'a good key and an RSA key', ed25519.publicKey + rsa.publicKey, /rsa$/],
    ['WEBHOOK_SIGNATURE_PUBLIC_KEY', 'a private key', ed25519.privateKey, /holds a private key/],
    ['WEBHOOK_SIGNATURE_PUBLIC_KEY', 'a pair', ed25519.publicKey + ed25519.privateKey, /holds a private key/],
    ['WEBHOOK_SIGNATURE_PUBLIC_KEY', 'a certificate', certificate, /holds a certificate/],
    ['WEBHOOK_SIGNATURE_PUBLIC_KEY', 'a cut key', ed25519.publicKey.slice(0, 60), /must be one or more/],
    ['WEBHOOK_SIGNATURE_PUBLIC_KEY', 'a damaged key', damaged, /cannot be read$/],
    ['WEBHOOK_PUBLIC_KEY', 'an Ed25519 key', ed25519.publicKey, /RSA public keys .* type ed25519$/],
    ['WEBHOOK_PUBLIC_KEY', 'a private key', rsa.privateKey, /holds a private key/],
    ['WEBHOOK_PUBLIC_KEY', 'an older form of key', pkcs1, /must be one or more RSA public keys/],
  ])('When %s is %s, which could never match, then it is refused', (name, _kind, pem, words) => {
    const problems = problemsOf({ ...settings, [name]: pem })
    expect(problems).toEqual([expect.stringMatching(words)])
    expect(problems[0]).toMatch(new RegExp(`^${name} `))
    expect(problems[0]).not.toContain(pem.split('\n')[1])
  })

  test.each([
    ['METRICS_PORT', '9464', undefined],
    ['METRICS_PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['METRICS_PORT', 'on', 'must be a whole number from 0 to 65535'],
    ['METRICS_PORT', '3000', 'must be another port than PORT'],
    ['PORT', '80x', 'must be a whole number from 0 to 65535'],
    ['PORT', '0x50', 'must be a whole number from 0 to 65535'],
    ['PORT', '1e3', 'must be a whole number from 0 to 65535'],
    ['HEYMARKET_CALLS_PER_MINUTE', '29', 'must be a whole number from 30 to 100000'],
    ['TRUST_PROXY', '2', undefined],
    ['TRUST_PROXY', 'true', 'must be a whole number from 0 to 10'],
    ['TRUST_PROXY', '-1', 'must be a whole number from 0 to 10'],
  ])('When %s is %s, then what is said of it is: %s', (name, value, said) => {
    expect(problemsOf({ ...settings, [name]: value })).toEqual(said === undefined ? [] : [`${name} ${said}`])
  })

  test('When both ports are left to the system, then they are not the same', () => {
    expect(problemsOf({ ...settings, PORT: '0', METRICS_PORT: '0' })).toEqual([])
  })

  test('When frame ancestors are origins, then they count as browsers read them', () => {
    const given = 'https://CRM.example.com/, http://localhost:4000, https://*.example.org'
    expect(readConfig({ ...settings, FRAME_ANCESTORS: given }).frameAncestors).toEqual([
      'https://crm.example.com',
      'http://localhost:4000',
      'https://*.example.org',
    ])
  })

  test.each([
    'https://crm.example.com;script-src',
    'https://crm.example.com/v2/location',
    'https://crm.example.com?',
    'https://crm.example.com https://other.example.com',
    "https://crm.example.com 'unsafe-inline'",
    'https://user@crm.example.com',
    'https://*',
    'https://crm.*.com',
    'https:crm.example.com',
    'crm.example.com',
    '*',
  ])('When a frame ancestor is %s, then it is refused', (origin) => {
    expect(problemsOf({ ...settings, FRAME_ANCESTORS: `https://good.example.com, ${origin}` })).toEqual([
      expect.stringMatching(/^FRAME_ANCESTORS each must be an origin, without path/),
    ])
  })
})
