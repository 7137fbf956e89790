import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { carrierNames } from '../../shared/provider-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type CarrierStage, createCarrierStage } from '../support/carrier-stage.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact } = seedIds
/** Enough of a secret to give it away, wherever it is cut. */
const tellingLength = 16

let world: World
let stage: CarrierStage
/** What the page was told. */
const answers: string[] = []
/** Every row of the database, once with each system connected. */
const stored: string[] = []
/** What BulkSMS calls us with: stands in its own address of ours, and nowhere else. */
const webhookSecrets = new Set<string>()

function secrets(): string[] {
  const all = [...world.heymarket.secrets(), ...world.bulksms.secrets(), ...webhookSecrets]
  return [...new Set(all)].filter((secret) => secret.length >= 8)
}

/** The lines that hold a secret as it is, escaped or encoded, without the secret. */
function leaksIn(lines: readonly string[]): string[] {
  const forms = secrets().flatMap((secret) => {
    const start = secret.slice(0, Math.max(tellingLength, Math.ceil(secret.length / 2)))
    return [
      start,
      encodeURIComponent(start),
      Buffer.from(start)
        .toString('base64')
        .replace(/.{1,4}$/, ''),
    ]
  })
  return lines.flatMap((line) => {
    const form = forms.find((one) => one.length >= 8 && line.includes(one))
    return form === undefined ? [] : [line.replaceAll(form, '<secret>').slice(0, 300)]
  })
}

async function ask(path: string): Promise<void> {
  const answer = await (await stage.admin()).get(path)
  answers.push(JSON.stringify(answer.headers), answer.text)
}

async function readDatabase(): Promise<void> {
  const { rows } = await world.database.db.execute(sql`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`)
  for (const { schema, name } of rows) {
    const table = sql`${sql.identifier(String(schema))}.${sql.identifier(String(name))}`
    const read = await world.database.db.execute(sql`select t::text as line from ${table} as t`)
    stored.push(...read.rows.map(({ line }) => `${String(name)} ${String(line)}`))
  }
}

async function readPages(): Promise<void> {
  const paths = ['/providers', '/sync', '/automations', '/audit', '/failed-jobs', '/installation']
  for (const path of [...paths, `/contacts/${contact.maya}/timeline`]) await ask(path)
  const page = await world.api.get('/')
  answers.push(page.text, JSON.stringify(page.headers))
}

/** A text each way, with a refusal and with callers who do not know the secret. */
async function runTraffic(carrier: (typeof carrierNames)[number]): Promise<void> {
  const phone = world.sandbox.state.contacts.find(({ id }) => id === contact.maya)?.phone ?? ''
  await stage.use(carrier)
  for (const { url } of world.bulksms.state.webhooks) keepSecretOf(url)
  const sent = await stage.writeInCrm(`Traffic for the scan of ${carrier}`)
  await stage.settled(sent, 'accepted', 'sent', 'delivered')
  stage.receive(carrier, phone, `An answer for the scan of ${carrier}`)
  await world.heymarket.settle()
  await world.bulksms.settle()
  await stage.quiet()
  await stage.poll(carrier)
  await world.sendJob('read-all-replies', {})

  const { rows } = await world.database.db.execute(sql`select id from provider_connections`)
  const hook = `/webhooks/providers/${carrier}/${String(rows[0]?.['id'])}`
  for (const path of [hook, `${hook}?secret=wrong`, `${hook}?secret=`]) {
    answers.push((await world.api.post(path).send({ token: 'wrong', type: 'message_recieved' })).text)
  }
  stage.faults(carrier).add({ times: 20, status: 401, body: { error: `No: ${secrets().join(' ')}` } })
  const refused = await stage.writeInCrm(`Refused for the scan of ${carrier}`)
  await stage.settled(refused, 'failed', 'waiting', 'unknown')
  answers.push(
    (
      await (
        await stage.admin()
      )
        .post(`/providers/${carrier}/test-message`)
        .set('Idempotency-Key', 'test-1')
        .send({ to: phone })
    ).text,
  )
  await readPages()
  await readDatabase()
  stage.faults(carrier).clear()
}

function keepSecretOf(url: string): void {
  const secret = new URL(url).searchParams.get('secret')
  if (secret) webhookSecrets.add(secret)
}

describe('the secrets of other SMS systems', () => {
  beforeAll(async () => {
    world = await startWorld({ carriers: true })
    world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 5_000 }
    stage = await createCarrierStage(world)
    for (const carrier of carrierNames) await runTraffic(carrier)
  }, 60_000)
  afterAll(() => world.close())

  it('When texts went both ways, then there are secrets to look for, and a planted one is found', () => {
    expect(secrets().length).toBeGreaterThanOrEqual(4)
    expect(webhookSecrets.size).toBeGreaterThan(0)
    const [first = ''] = secrets()
    expect(leaksIn([`{"msg":"with ${first}"}`])).toHaveLength(1)
    expect(leaksIn([`{"msg":"with ${encodeURIComponent(first)}"}`])).toHaveLength(1)
    expect(leaksIn(['{"msg":"without"}'])).toEqual([])
  })

  it('When logs are read, then none holds one, nor the query string of a webhook', () => {
    expect(world.recorder.logs.length).toBeGreaterThan(10)
    expect(leaksIn(world.recorder.logs)).toEqual([])
    expect(world.recorder.logs.filter((line) => line.includes('secret='))).toEqual([])
  })

  it('When answers, their headers and the page are read, then none holds one', () => {
    expect(answers.length).toBeGreaterThan(20)
    expect(leaksIn([...answers, ...world.recorder.errorAnswers])).toEqual([])
  })

  it('When what was sent to the CRM is read, then none holds one', () => {
    const calls = world.sandbox.calls.map((call) => JSON.stringify(call))
    expect(calls.length).toBeGreaterThan(10)
    expect(leaksIn(calls)).toEqual([])
  })

  it('When the whole database is read, jobs and stored webhooks with it, then none holds one unsealed', () => {
    expect(stored.length).toBeGreaterThan(100)
    expect(stored.filter((line) => line.startsWith('provider_connections '))).toHaveLength(
      carrierNames.length,
    )
    expect(leaksIn(stored)).toEqual([])
  })

  it('When an address of ours is given to be pasted, then no secret is in it', async () => {
    const { body } = await (await stage.admin()).get('/providers')
    expect(leaksIn([JSON.stringify(body)])).toEqual([])
    expect(JSON.stringify(body)).not.toContain('secret=')
  })
})
