import { randomUUID } from 'node:crypto'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld } from './world.ts'

const { user } = seedIds

export const dueDate = '2026-11-18T14:00:00.000Z'

export type WrapUpStage = Awaited<ReturnType<typeof startWrapUpStage>>

/** A rep who wraps up, and how often the platform then has each part. */
export async function startWrapUpStage() {
  const world = await startWorld()
  await world.installed()
  // What the CRM tells afterwards settles a text of unknown outcome, which has tests of its own.
  world.sandbox.webhooks.hold()
  let rep = await world.as()

  return {
    world,
    rep: () => rep,
    /** A session ends before a test's hours do. */
    async signInAgain(): Promise<void> {
      rep = await world.as()
    },

    wrapUp: (contactId: string, body: object, key: string = randomUUID()) =>
      rep.post(`/contacts/${contactId}/wrap-up`).set('Idempotency-Key', key).send(body),

    all: (mark: string) => ({
      message: { message: `Text of ${mark}` },
      addTags: [`Tag of ${mark}`],
      task: { title: `Task of ${mark}`, dueDate, assignedTo: user.rep },
      note: { body: `Note of ${mark}` },
    }),

    /** How often the platform has each part. */
    counts: (mark: string) => ({
      texts: world.sandbox.state.messages.filter(({ body }) => body === `Text of ${mark}`).length,
      tags: world.sandbox.state.contacts.filter(({ tags }) => tags.includes(`tag of ${mark}`.toLowerCase()))
        .length,
      tasks: world.sandbox.state.tasks.filter(({ title }) => title === `Task of ${mark}`).length,
      notes: world.sandbox.state.notes.filter(({ body }) => body === `Note of ${mark}`).length,
    }),
  }
}
