import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import addFormats from 'ajv-formats'
import { z } from 'zod'

export const specApps = ['contacts', 'conversations', 'locations', 'oauth', 'users', 'phone-system'] as const
export type SpecApp = (typeof specApps)[number]

const parameterSchema = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean().optional(),
  schema: z
    .object({ enum: z.array(z.string()).optional() })
    .loose()
    .optional(),
})
const contentSchema = z.record(z.string(), z.object({ schema: z.unknown() }))
const operationSchema = z.object({
  parameters: z.array(parameterSchema).default([]),
  requestBody: z.object({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ content: contentSchema.optional() })),
  security: z.array(z.record(z.string(), z.array(z.string()))).default([]),
})
const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) })

export type SpecOperation = z.infer<typeof operationSchema>

export type Mismatch = { where: string; problem: string }

export type SpecValidator = {
  /** @param key such as `GET /contacts/{contactId}` */
  operation(app: SpecApp, key: string): SpecOperation
  /** Whether the body fits; nothing to say where the specification gives no schema. */
  request(app: SpecApp, key: string, mediaType: string, body: unknown): Mismatch[]
  /** Null where the specification gives this status no schema. */
  answer(app: SpecApp, key: string, status: number, body: unknown): Mismatch[] | null
}

/** A base that exists only here, so that `../common/…` resolves. */
const base = 'https://specification.invalid/'

function read(path: string): object {
  const document: unknown = JSON.parse(readFileSync(new URL(`openapi/${path}`, import.meta.url), 'utf8'))
  if (typeof document !== 'object' || document === null) throw new Error(`${path} holds no document`)
  return document
}

const pointer = (segments: string[]) =>
  segments.map((segment) => encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')

const mismatch = ({ instancePath, message = '', params }: ErrorObject): Mismatch => {
  const allowed: unknown = params['allowedValues']
  return { where: instancePath || '/', problem: allowed ? `${message}: ${JSON.stringify(allowed)}` : message }
}

/** The official specification as validators: OpenAPI 3.0 schemas, of which ajv knows `nullable` itself. */
export function createSpecValidator(): SpecValidator {
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, validateFormats: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: `${base}common/common-schemas.json`, ...read('common/common-schemas.json') })
  const documents = new Map(
    specApps.map((app) => {
      const document = read(`apps/${app}.json`)
      ajv.addSchema({ $id: `${base}apps/${app}.json`, ...document })
      return [app, documentSchema.parse(document)] as const
    }),
  )

  const split = (key: string): { method: string; path: string } => {
    const [method = '', path = ''] = key.split(' ')
    return { method: method.toLowerCase(), path }
  }

  const operation = (app: SpecApp, key: string): SpecOperation => {
    const { method, path } = split(key)
    const found = documents.get(app)?.paths[path]?.[method]
    if (!found) throw new Error(`The specification of ${app} has no ${key}`)
    return found
  }

  const check = (app: SpecApp, segments: string[], body: unknown): Mismatch[] => {
    const validate = ajv.compile({ $ref: `${base}apps/${app}.json#/${pointer(segments)}` })
    return validate(body) ? [] : (validate.errors ?? []).map(mismatch)
  }

  return {
    operation,
    request(app, key, mediaType, body) {
      const { method, path } = split(key)
      if (!operation(app, key).requestBody?.content[mediaType]) return []
      return check(app, ['paths', path, method, 'requestBody', 'content', mediaType, 'schema'], body)
    },
    answer(app, key, status, body) {
      const { method, path } = split(key)
      if (!operation(app, key).responses[status]?.content?.['application/json']) return null
      const segments = ['responses', String(status), 'content', 'application/json', 'schema']
      return check(app, ['paths', path, method, ...segments], body)
    },
  }
}
