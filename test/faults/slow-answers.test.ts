import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'
import { codeOf } from './answer-code.ts'

const { contact, location } = seedIds
const answeredWithinMs = 30_000
/** Longer than we wait for any answer, and shorter than the test. */
const delayMs = 14_000
const always = Number.MAX_SAFE_INTEGER

let world: World
beforeAll(async () => {
  world = await startWorld()
  await world.installed()
})
afterAll(() => world.close())

it('When the platform takes too long, then every call is answered in time and truly, and nothing is doubled', async () => {
  const rep = await world.as()
  await rep.get(`/contacts/${contact.maya}`)
  const slow = [
    { method: 'GET', path: `/contacts/${contact.jonas}` },
    { method: 'GET', path: `/locations/${location.main}/tags` },
    { method: 'POST', path: '/conversations/messages' },
    { method: 'POST', path: `/contacts/${contact.maya}/tasks` },
    { method: 'POST', path: `/contacts/${contact.maya}/notes` },
  ]
  for (const met of slow) world.sandbox.faults.add({ ...met, delayMs, times: always })
  const key = randomUUID()
  const text = () =>
    rep
      .post(`/contacts/${contact.maya}/messages`)
      .set('Idempotency-Key', key)
      .send({ message: 'A slow text' })
  const task = { title: 'A slow task', dueDate: '2026-11-18T14:00:00.000Z' }

  const startedAt = performance.now()
  const codes = await Promise.all(
    [
      rep.get(`/contacts/${contact.jonas}`),
      rep.get('/tags'),
      text(),
      rep.post(`/contacts/${contact.maya}/tasks`).send(task),
      rep.post(`/contacts/${contact.maya}/notes`).send({ body: 'A slow note' }),
    ].map(async (answer) => codeOf(await answer)),
  )

  expect(performance.now() - startedAt).toBeLessThan(answeredWithinMs)
  expect(codes).toEqual([
    'upstream_unavailable',
    'upstream_unavailable',
    'outcome_unknown',
    'outcome_unknown',
    'outcome_unknown',
  ])
  world.sandbox.faults.clear()
  const { state } = world.sandbox
  const counts = () => ({
    texts: state.messages.filter(({ body }) => body === 'A slow text').length,
    tasks: state.tasks.filter(({ title }) => title === 'A slow task').length,
    notes: state.notes.filter(({ body }) => body === 'A slow note').length,
  })
  await expect.poll(counts, { timeout: 20_000 }).toEqual({ texts: 1, tasks: 1, notes: 1 })
  expect(['ok', 'outcome_unknown']).toContain(codeOf(await text()))
  expect(counts()).toEqual({ texts: 1, tasks: 1, notes: 1 })
})
