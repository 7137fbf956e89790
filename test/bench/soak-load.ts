import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom } from '../sandbox/seeded-random.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { LoadRequest } from './bench-load.ts'

const { contact, location, user } = seedIds
const contacts = [contact.maya, contact.jonas, contact.fresh, contact.assigned]
const dueDate = '2027-11-18T14:00:00.000Z'
/** What may be answered while the platform fails now and then. */
const expectedStatuses = new Set([200, 201, 204, 404, 409, 422, 429, 502, 503, 504])
const renewEveryMs = 5_000
const keptCalls = 1_000

export type SoakTally = Map<string, number>

/** Faults that come all the time, but seldom. */
export function addSeldomFaults({ faults }: Sandbox, seed: number): void {
  const random = createSeededRandom(seed)
  const kinds = [
    { status: 500 },
    { status: 502 },
    { status: 503 },
    { status: 429 },
    { status: 422 },
    { reset: true },
    { loseAnswer: true },
    { malformed: true },
    { delayMs: 300 },
  ]
  for (const kind of kinds) {
    faults.add({
      ...kind,
      times: Number.MAX_SAFE_INTEGER,
      when: ({ path }) => path !== '/oauth/token' && random.chance(0.004),
    })
  }
}

/** All that people, the platform and open pages do, at once, until the signal comes. */
export async function runSoakLoad(parts: {
  origin: string
  sandbox: Sandbox
  signal: AbortSignal
  seed: number
}): Promise<SoakTally> {
  const { origin, sandbox, signal } = parts
  const random = createSeededRandom(parts.seed)
  const tally: SoakTally = new Map()
  const note = (what: string) => void tally.set(what, (tally.get(what) ?? 0) + 1)
  let token = await signIn()

  async function signIn(): Promise<string> {
    const encryptedData = sandbox.userContext({ userId: user.rep, locationId: location.main })
    const answer = await fetch(`${origin}/api/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ encryptedData }),
    })
    const { token: issued } = (await answer.json()) as { token?: string }
    note(`session ${answer.status}`)
    return issued ?? token
  }

  async function ask({ method, path, headers, body }: LoadRequest): Promise<void> {
    const answer = await fetch(origin + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    })
    await answer.arrayBuffer()
    note(expectedStatuses.has(answer.status) ? `answered ${answer.status}` : `unexpected ${answer.status}`)
  }

  const json = (): Record<string, string> => ({
    'Content-Type': 'application/json',
    'Idempotency-Key': randomUUID(),
  })
  const someContact = () => `/api/contacts/${random.pick(contacts)}`
  const reads = () => [
    '/api/contacts?query=ma',
    '/api/conversations',
    '/api/tags',
    '/api/users',
    someContact(),
    `${someContact()}/timeline`,
    `${someContact()}/tasks`,
    `${someContact()}/notes`,
  ]
  const acts: Record<string, () => Promise<unknown>> = {
    read: () => ask({ method: 'GET', path: random.pick(reads()), headers: {} }),
    text: () =>
      ask({
        method: 'POST',
        path: `${someContact()}/messages`,
        headers: json(),
        body: JSON.stringify({ message: `Soak ${random.id()}` }),
      }),
    'wrap-up': () =>
      ask({
        method: 'POST',
        path: `${someContact()}/wrap-up`,
        headers: json(),
        body: JSON.stringify({
          message: { message: `Soak ${random.id()}` },
          addTags: [`soak ${random.between(1, 20)}`],
          task: { title: `Soak ${random.id()}`, dueDate },
          note: { body: `Soak ${random.id()}` },
        }),
      }),
    webhook: async () => {
      const { status } = await sandbox.sendWebhook({
        type: 'InboundMessage',
        locationId: location.main,
        webhookId: randomUUID(),
        timestamp: new Date().toISOString(),
        contactId: random.pick(contacts),
        conversationId: `cnv${random.id(17)}`,
        messageId: random.id(),
        messageType: 'SMS',
        direction: 'inbound',
        status: 'delivered',
        body: 'Thank you!',
      })
      note(status === 200 ? 'webhook 200' : `unexpected webhook ${status}`)
    },
    events: () => followEvents(random.between(500, 4_000)),
  }

  /** A page that is open for a while. */
  async function followEvents(forMs: number): Promise<void> {
    const until = AbortSignal.any([signal, AbortSignal.timeout(forMs)])
    try {
      const answer = await fetch(`${origin}/api/events`, {
        headers: { Authorization: `Bearer ${token}` },
        signal: until,
      })
      note(`events ${answer.status}`)
      for await (const chunk of answer.body ?? []) if (chunk.length > 0) note('event chunks')
    } catch (error) {
      if (!until.aborted) throw error
    }
    // An app without the stream answers at once.
    await pause(100)
  }

  async function repeat(act: () => Promise<unknown>, everyMs: number): Promise<void> {
    while (!signal.aborted) {
      await act().catch((error: unknown) => {
        if (!signal.aborted) note(`unexpected ${error instanceof Error ? error.message : 'failure'}`)
      })
      await pause(everyMs * (0.5 + random.next()))
    }
  }

  const act = (name: string) => acts[name] ?? (() => Promise.resolve())
  await Promise.all([
    ...Array.from({ length: 6 }, () => repeat(act('read'), 150)),
    repeat(act('text'), 500),
    repeat(act('wrap-up'), 700),
    repeat(act('webhook'), 120),
    ...Array.from({ length: 10 }, () => repeat(act('events'), 50)),
    repeat(async () => {
      token = await signIn()
      // What the stand-in remembers of each call is of no use here, and grows.
      sandbox.calls.splice(0, Math.max(0, sandbox.calls.length - keptCalls))
    }, renewEveryMs),
  ])
  return tally
}
