import { resolve } from 'node:path'
import { z } from 'zod'
import {
  baseUrl,
  frameAncestors,
  list,
  port,
  publicKeys,
  publicUrl,
  url,
  wholeNumber,
} from './setting-values.ts'

/**
 * The key of `X-GHL-Signature` that the platform publishes.
 * @see https://marketplace.gohighlevel.com/docs/webhook/WebhookIntegrationGuide
 */
const publishedWebhookKey = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=
-----END PUBLIC KEY-----`

const eachSetting = z.object({
  GHL_APP_CLIENT_ID: z.string().min(1),
  GHL_APP_CLIENT_SECRET: z.string().min(1),
  GHL_APP_SSO_KEY: list.refine((keys) => keys.length > 0, 'must not be empty'),
  GHL_APP_VERSION_ID: z.string().min(1).optional(),
  GHL_API_DOMAIN: baseUrl.default('https://services.leadconnectorhq.com'),
  GHL_AUTHORIZE_URL: url.default('https://marketplace.gohighlevel.com/v2/oauth/chooselocation'),
  HEYMARKET_API_URL: baseUrl.default('https://api.heymarket.com'),
  HEYMARKET_CALLS_PER_MINUTE: wholeNumber(30, 100_000).default(410),
  BULKSMS_API_URL: baseUrl.default('https://api.bulksms.com/v1'),
  WEBHOOK_SIGNATURE_PUBLIC_KEY: publicKeys('ed25519').default(publishedWebhookKey),
  WEBHOOK_PUBLIC_KEY: publicKeys('rsa').optional(),
  PUBLIC_URL: publicUrl,
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3000),
  METRICS_PORT: port.optional(),
  TRUST_PROXY: wholeNumber(0, 10).default(0),
  DATABASE_URL: z
    .string()
    .refine(
      (text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''),
      'must be a postgresql:// address',
    )
    .optional(),
  DATA_DIR: z.string().min(1).default('./data'),
  SESSION_SECRET: list.refine(
    (secrets) => secrets.length > 0 && secrets.every((secret) => Buffer.byteLength(secret) >= 32),
    'each must have 32 bytes or more',
  ),
  ENCRYPTION_KEY: list.refine(
    (keys) => keys.length > 0 && keys.every((key) => Buffer.from(key, 'base64').length === 32),
    'each must be 32 bytes in base64',
  ),
  FRAME_ANCESTORS: frameAncestors.default([]),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

const settingsSchema = eachSetting.refine(({ PORT, METRICS_PORT }) => PORT === 0 || PORT !== METRICS_PORT, {
  path: ['METRICS_PORT'],
  error: 'must be another port than PORT',
  // Told beside what else is wrong.
  when: () => true,
})

export const settingNames = Object.keys(eachSetting.shape) as (keyof typeof eachSetting.shape)[]

export type Config = Readonly<ReturnType<typeof toConfig>>

/** Every problem at once, by name, never by value. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`Settings are missing or wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

function toConfig(settings: z.output<typeof settingsSchema>) {
  const clientId = settings.GHL_APP_CLIENT_ID
  const appId = clientId.split('-')[0] ?? clientId
  return {
    clientId,
    clientSecret: settings.GHL_APP_CLIENT_SECRET,
    /** The marketplace's id of the app: the client id up to its dash. */
    appId,
    versionId: settings.GHL_APP_VERSION_ID ?? appId,
    /** Newest first: the platform's shared secret may be rotated. */
    ssoKeys: settings.GHL_APP_SSO_KEY,
    apiDomain: settings.GHL_API_DOMAIN,
    authorizeUrl: settings.GHL_AUTHORIZE_URL,
    heymarketUrl: settings.HEYMARKET_API_URL,
    /** For the sync of contacts; Heymarket gives an account 500 in all. */
    heymarketCallsPerMinute: settings.HEYMARKET_CALLS_PER_MINUTE,
    bulksmsUrl: settings.BULKSMS_API_URL,
    webhookEd25519Keys: settings.WEBHOOK_SIGNATURE_PUBLIC_KEY,
    webhookRsaKey: settings.WEBHOOK_PUBLIC_KEY,
    publicUrl: settings.PUBLIC_URL,
    redirectUri: `${settings.PUBLIC_URL}/oauth/callback`,
    host: settings.HOST,
    port: settings.PORT,
    /** Unset: nothing is measured. */
    metricsPort: settings.METRICS_PORT,
    /** How many proxies stand before the app and add to `X-Forwarded-For`. */
    trustedProxies: settings.TRUST_PROXY,
    databaseUrl: settings.DATABASE_URL,
    dataDir: resolve(settings.DATA_DIR),
    sessionSecrets: settings.SESSION_SECRET,
    encryptionKeys: settings.ENCRYPTION_KEY.map((key) => Buffer.from(key, 'base64')),
    frameAncestors: settings.FRAME_ANCESTORS,
    logLevel: settings.LOG_LEVEL,
  }
}

/**
 * Parses the environment once into a frozen, typed config; an empty value counts as unset.
 * @throws {ConfigError} listing every missing or wrong setting
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(settingNames.map((name) => [name, environment[name]?.trim() || undefined]))
  const parsed = settingsSchema.safeParse(given)
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => {
        const name = String(issue.path[0])
        return given[name] === undefined ? `${name} is required` : `${name} ${issue.message}`
      }),
    )
  }
  return Object.freeze(toConfig(parsed.data))
}
