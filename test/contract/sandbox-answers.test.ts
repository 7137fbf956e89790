import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allEndpoints } from '../sandbox/sandbox-server.ts'
import { createSandboxParts } from '../sandbox/sandbox-parts.ts'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createTestClock } from '../support/clock.ts'
import { knownSpecErrors, type KnownSpecError } from './known-spec-errors.ts'
import { catalogCalls, type CatalogCall, type CatalogIds } from './operation-catalog.ts'
import { clientFields, createSandboxClient, installApp, type Answer, type Tokens } from './sandbox-client.ts'
import { createSpecValidator, type Mismatch } from './spec-validator.ts'

const validator = createSpecValidator()

let sandbox: Sandbox
let location: Tokens
let company: Tokens
let ids: CatalogIds

beforeAll(async () => {
  sandbox = await startSandbox({ clock: createTestClock(), seed: 'small' })
  sandbox.settingsFor('http://127.0.0.1:1')
  sandbox.state.app.webhookUrl = null
  location = await installApp(sandbox)
  company = await installApp(sandbox, 'company')
  ids = prepare(sandbox)
})
afterAll(() => sandbox.close())

const id = (found: { id: string } | undefined): string => {
  if (!found) throw new Error('The seed lacks what the catalog needs')
  return found.id
}

/** What exists before the first call; a scheduled text and a spare contact are added. */
function prepare({ state, consent, clock }: Sandbox): CatalogIds {
  const ofMaya = ({ contactId }: { contactId: string }) => contactId === seedIds.contact.maya
  const message = state.messages.find(ofMaya)
  const contact = state.contacts.find((one) => one.id === seedIds.contact.maya)
  if (!message || !contact) throw new Error('The seed lacks Maya')
  const scheduledTimestamp = clock.now() / 1000 + 3600
  state.messages.push({ ...message, id: 'msgScheduled00000001', status: 'scheduled', scheduledTimestamp })
  const handedOver = { conversationProviderId: seedIds.conversationProvider.ours, handedOverAtMs: 0 }
  state.messages.push({ ...message, ...handedOver, id: 'msgProvider000000001' })
  state.contacts.push({ ...contact, id: 'conSpare000000000001', email: null, phone: null })
  return {
    taskId: id(state.tasks.find(ofMaya)),
    noteId: id(state.notes.find(ofMaya)),
    conversationId: message.conversationId,
    messageId: message.id,
    providerMessageId: 'msgProvider000000001',
    scheduledId: 'msgScheduled00000001',
    newContactId: 'conSpare000000000001',
    code: consent({ userId: seedIds.user.admin, locationIds: [seedIds.location.main] }).code,
  }
}

/** A spare set of ids, only to name the cases before anything runs. */
const noIds: CatalogIds = {
  taskId: '',
  noteId: '',
  conversationId: '',
  messageId: '',
  providerMessageId: '',
  scheduledId: '',
  newContactId: '',
  code: '',
}
const operations = catalogCalls(noIds, {}).map(({ operation }) => operation)

const excused = new Set<KnownSpecError>()

function notKnown(operation: string, side: KnownSpecError['side'], mismatches: Mismatch[]): Mismatch[] {
  return mismatches.filter(({ where, problem }) => {
    const known = knownSpecErrors.find(
      (one) =>
        one.operation === operation && one.side === side && one.where === where && one.problem === problem,
    )
    if (known) excused.add(known)
    return !known
  })
}

async function perform(call: CatalogCall): Promise<Answer> {
  const { parameters } = validator.operation(call.app, call.operation)
  const [method = '', template = ''] = call.operation.split(' ')
  const path = template.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(call.path?.[name] ?? ''),
  )
  const query = call.query ? `?${new URLSearchParams(call.query)}` : ''
  const version = parameters.find(({ name }) => name === 'Version')?.schema?.enum?.[0] ?? null
  const token = { location: location.accessToken, company: company.accessToken, nobody: undefined }[
    call.as ?? 'location'
  ]
  return createSandboxClient(sandbox)(method, path + query, {
    version,
    ...(token === undefined ? {} : { token }),
    ...(call.json === undefined ? {} : { json: call.json }),
    ...(call.form === undefined ? {} : { form: call.form }),
  })
}

function parameterMismatches({ app, operation, query = {}, path = {} }: CatalogCall): string[] {
  const { parameters } = validator.operation(app, operation)
  const inQuery = parameters.filter((one) => one.in === 'query')
  const missing = inQuery.filter(({ name, required }) => required && !(name in query)).map(({ name }) => name)
  const unknown = Object.keys(query).filter((name) => !inQuery.some((one) => one.name === name))
  const unfilled = [...operation.matchAll(/\{(\w+)\}/g)]
    .map(([, name = '']) => name)
    .filter((name) => !path[name])
  return [...missing, ...unknown, ...unfilled]
}

describe('the sandbox and the official specification', () => {
  test.each(operations)('When %s is called, then request and answer are as specified', async (operation) => {
    const call = catalogCalls(ids, clientFields(sandbox)).find((one) => one.operation === operation)
    if (!call) throw new Error(`The catalog has no ${operation}`)
    const answer = await perform(call)

    expect(answer).toMatchObject({ status: call.status })
    expect(parameterMismatches(call)).toEqual([])
    const mediaType = call.form ? 'application/x-www-form-urlencoded' : 'application/json'
    const sent: unknown = call.json === undefined ? call.form : JSON.parse(JSON.stringify(call.json))
    expect(notKnown(operation, 'request', validator.request(call.app, operation, mediaType, sent))).toEqual(
      [],
    )
    const unspecified = [{ where: 'unspecified', problem: `${answer.status} has no schema` }]
    const mismatches = validator.answer(call.app, operation, answer.status, answer.body) ?? unspecified
    expect(notKnown(operation, 'answer', mismatches)).toEqual([])
  })

  test('When the specification is known to be wrong, then each entry still names a real mismatch', () => {
    expect(knownSpecErrors.filter((known) => !excused.has(known))).toEqual([])
  })

  test('When the sandbox has an endpoint, then the catalog covers it', () => {
    const shape = (operation: string) => operation.replace(/\{\w+\}|:\w+/g, '*').replace(/\/$/, '')
    const covered = new Set(operations.map(shape))
    const parts = createSandboxParts({ clock: createTestClock(), seed: 'small' })
    const uncovered = allEndpoints(parts)
      .map(({ method, path }) => shape(`${method} ${path}`))
      .filter((operation) => !covered.has(operation))
    expect(uncovered).toEqual(['DELETE /marketplace/app/*/installations'])
  })

  test('When an endpoint asks for a scope, then it is the one of the specification', () => {
    const parts = createSandboxParts({ clock: createTestClock(), seed: 'small' })
    const shape = (path: string) => path.replace(/\{\w+\}|:\w+/g, '*').replace(/\/$/, '')
    const endpoints = allEndpoints(parts)
    const differing = catalogCalls(noIds, {}).filter(({ app, operation }) => {
      const endpoint = endpoints.find(({ method, path }) => shape(`${method} ${path}`) === shape(operation))
      const scopes = validator.operation(app, operation).security.flatMap((one) => Object.values(one).flat())
      return endpoint && scopes.length > 0 && !scopes.includes(endpoint.scope)
    })
    expect(differing).toEqual([])
  })

  test('When the list of messages is asked for in the specified shape, then it is as specified', async () => {
    const operation = 'GET /conversations/{conversationId}/messages'
    sandbox.behaviour.messagesShape = 'flat'
    const { body } = await perform({
      app: 'conversations',
      operation,
      status: 200,
      path: { conversationId: ids.conversationId },
    })
    sandbox.behaviour.messagesShape = 'nested'
    expect(validator.answer('conversations', operation, 200, body)).toEqual([])
  })

  test.each([
    ['an unknown contact', 400, { operation: 'GET /contacts/{contactId}', path: { contactId: 'nobody' } }],
    [
      'no token',
      401,
      { operation: 'GET /contacts/{contactId}', path: { contactId: 'x' }, as: 'nobody' as const },
    ],
    [
      'an empty body',
      422,
      { operation: 'POST /contacts/{contactId}/tasks', path: { contactId: seedIds.contact.maya }, json: {} },
    ],
  ])('When a call fails for %s, then the error is as specified', async (_case, status, call) => {
    const answer = await perform({ app: 'contacts', status, ...call })
    expect(answer.status).toBe(status)
    expect(validator.answer('contacts', call.operation, status, answer.body)).toEqual([])
  })
})
