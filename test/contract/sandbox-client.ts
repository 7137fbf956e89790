import type { Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'

export type Answer = { status: number; body: Record<string, unknown>; headers: Headers }

export type CallOptions = {
  token?: string
  version?: string | null
  json?: unknown
  form?: Record<string, string>
  headers?: Record<string, string>
}

/** Calls the sandbox as a plain HTTP client would. */
export function createSandboxClient({ apiOrigin }: Pick<Sandbox, 'apiOrigin'>) {
  return async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const { token, version = '2021-07-28', json, form, headers } = options
    const body = form ? new URLSearchParams(form) : json === undefined ? null : JSON.stringify(json)
    const response = await fetch(`${apiOrigin}${path}`, {
      method,
      body,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(version === null ? {} : { version }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : JSON.parse(text), headers: response.headers }
  }
}

export type SandboxClient = ReturnType<typeof createSandboxClient>

export type Tokens = { accessToken: string; refreshToken: string }

export function clientFields({ state: { app } }: Sandbox) {
  return { client_id: app.clientId, client_secret: app.clientSecret }
}

/** Consent and code exchange: as the sub-account's admin, or as the agency's owner for these locations. */
export async function installApp(
  sandbox: Sandbox,
  as: 'location' | 'company' = 'location',
  scope?: string,
): Promise<Tokens> {
  const byAgency = { userId: seedIds.user.owner, companyId: seedIds.company.harbor }
  const { code } = sandbox.consent({
    ...(as === 'company' ? byAgency : { userId: seedIds.user.admin }),
    locationIds: [seedIds.location.main],
    scope,
  })
  const form = { ...clientFields(sandbox), grant_type: 'authorization_code', code }
  const { body } = await createSandboxClient(sandbox)('POST', '/oauth/token', { form, version: null })
  return { accessToken: String(body['access_token']), refreshToken: String(body['refresh_token']) }
}
