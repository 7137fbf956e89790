import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type EventReader, openEvents } from '../support/event-reader.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location } = seedIds
const minuteMs = 60_000

let world: World
let reader: EventReader
beforeAll(async () => {
  world = await startWorld({ behaviour: { webhookAttempts: 1 } })
  await world.installed()
})
afterAll(async () => {
  await reader.close()
  await world.close()
})
beforeEach(async () => {
  await reader?.close()
  await world.sandbox.webhooks.release()
  await world.sandbox.settle()
  world.clock.advance(4 * minuteMs)
  const { token } = await world.as()
  reader = await openEvents(world.publicUrl, token)
})

/** Webhooks of what happens now are lost. */
async function unheard(happens: () => unknown): Promise<void> {
  const { app } = world.sandbox.state
  const url = app.webhookUrl
  app.webhookUrl = 'http://127.0.0.1:9/'
  await happens()
  await world.sandbox.settle()
  app.webhookUrl = url
}
const maya = () => {
  const found = world.sandbox.state.contacts.find(({ id }) => id === contact.maya)
  if (!found) throw new Error('no such contact')
  return found
}
const sweep = () =>
  world.sendJob('sweep-location', { locationId: location.main }, { singletonKey: location.main })
const heardOf = (id: string) => reader.events.filter(({ event }) => event.messageId === id)

describe('the sweep', () => {
  it('When the webhook of a message was lost, then the page hears of it all the same, and once', async () => {
    await unheard(() => world.sandbox.replyNow(maya().id, 'Is the house still free?'))
    const message = world.sandbox.state.messages.at(-1)
    await sweep()
    const { event } = await reader.next(({ messageId }) => messageId === message?.id)
    expect(event).toMatchObject({ type: 'message', direction: 'inbound', contactId: contact.maya })

    world.clock.advance(4 * minuteMs)
    await world.sandbox.sendWebhook({
      type: 'InboundMessage',
      locationId: location.main,
      contactId: contact.maya,
      messageId: message?.id,
      body: message?.body,
      status: 'delivered',
    })
    await sweep()
    await world.sandbox.sendWebhook({ type: 'ContactUpdate', locationId: location.main, id: 'theEnd01' })
    await reader.next(({ contactId }) => contactId === 'theEnd01')
    expect(heardOf(message?.id ?? '')).toHaveLength(1)
  })

  it('When the last state of a text was lost, then the sweep tells it', async () => {
    const rep = await world.as()
    const answer = await rep
      .post(`/contacts/${contact.maya}/messages`)
      .set('Idempotency-Key', randomUUID())
      .send({ message: 'We look forward to it.' })
    const id: string = answer.body.message.id
    await reader.next(({ messageId }) => messageId === id)
    await unheard(() => {})
    await sweep()
    const { event } = await reader.next(({ messageId, status }) => messageId === id && status === 'delivered')
    expect(event.type).toBe('message_status')
  })

  it('When the webhook of a new task was lost, then the sweep tells it', async () => {
    const rep = await world.as()
    await unheard(() =>
      rep.post(`/contacts/${contact.jonas}/tasks`).send({
        title: 'Order the tiles',
        dueDate: new Date(world.clock.now() + 86_400_000).toISOString(),
      }),
    )
    await sweep()
    const { event } = await reader.next(({ type }) => type === 'task')
    expect(event.contactId).toBe(contact.jonas)
  })

  it('When somebody comes back to a location after a while, then it is swept without being asked', async () => {
    await unheard(() => world.sandbox.replyNow(maya().id, 'And the garden, is it shared?'))
    const id = world.sandbox.state.messages.at(-1)?.id
    world.clock.advance(10 * minuteMs)
    const { token } = await world.as()
    const other = await openEvents(world.publicUrl, token)
    const { event } = await other.next(({ messageId }) => messageId === id)
    expect(event.type).toBe('message')
    await other.close()
  })

  it('When the platform refuses the sweep, then nothing breaks and the next one makes up for it', async () => {
    await unheard(() => world.sandbox.replyNow(maya().id, 'Last question, I promise.'))
    const id = world.sandbox.state.messages.at(-1)?.id
    const fault = world.sandbox.faults.add({ path: '/conversations/search', status: 400, times: 1 })
    await sweep()
    await expect.poll(() => fault.hits(), { timeout: 8_000 }).toBe(1)
    await sweep()
    const { event } = await reader.next(({ messageId }) => messageId === id)
    expect(event.type).toBe('message')
  })
})
