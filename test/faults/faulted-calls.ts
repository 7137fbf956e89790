import { randomUUID } from 'node:crypto'
import type { RecordedCall } from '../sandbox/call-recorder.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { World } from '../support/world.ts'
import type { Answer } from './answer-code.ts'
import type { FaultCase } from './platform-faults.ts'

const { contact, location } = seedIds
const dueDate = '2026-11-18T14:00:00.000Z'

type Rep = Awaited<ReturnType<World['as']>>

/** A call of ours, and the platform's call within it that is met by faults. */
export type FaultedCall = {
  name: string
  /** Of the platform's call. */
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string | RegExp
  when?: (call: RecordedCall) => boolean
  effect: 'read' | 'write'
  /** @param mark tells this try from every other */
  ask: (rep: Rep, mark: string) => Promise<Answer>
  /** How often the platform has what was asked for; only of a write. */
  count?: (world: World, mark: string) => number
  /** Where this call answers otherwise than most of its kind. */
  except?: Partial<Record<FaultCase['name'], string>>
}

/** The platform says of what is not the contact's own that it is forbidden, and we that it is not there. */
const aboutContact = { 'refused for the scope (403)': 'not_found' }
/** A change whose answer says nothing that is needed: done is done. */
const unread = { 'an unreadable answer': 'ok' }

function taskOf(world: World, mark: string) {
  return world.sandbox.state.tasks.filter(({ title }) => title === mark)
}

/** Of a task or note of its own, made beforehand while nothing fails. */
function made(rep: Rep, contactId: string, kind: 'tasks' | 'notes', mark: string): Promise<string> {
  const body = kind === 'tasks' ? { title: `before ${mark}`, dueDate } : { body: `before ${mark}` }
  return rep
    .post(`/contacts/${contactId}/${kind}`)
    .send(body)
    .then((answer) => {
      const { task, note } = answer.body as { task?: { id: string }; note?: { id: string } }
      const id = (task ?? note)?.id
      if (id === undefined) throw new Error(`making one beforehand answered ${answer.status}: ${answer.text}`)
      return id
    })
}

const reads: FaultedCall[] = [
  {
    name: 'search contacts',
    method: 'POST',
    path: '/contacts/search',
    effect: 'read',
    ask: (rep) => rep.get('/contacts?query=maya'),
  },
  {
    name: 'read a contact',
    method: 'GET',
    path: `/contacts/${contact.fresh}`,
    effect: 'read',
    ask: (rep) => rep.get(`/contacts/${contact.fresh}`),
    except: aboutContact,
  },
  {
    name: 'list conversations',
    method: 'GET',
    path: '/conversations/search',
    // The way to a thread leads through the same call.
    when: ({ query }) => query['contactId'] === undefined,
    effect: 'read',
    ask: (rep) => rep.get('/conversations'),
  },
  {
    name: 'read a thread',
    method: 'GET',
    path: /^\/conversations\/[^/]+\/messages$/,
    effect: 'read',
    ask: (rep) => rep.get(`/contacts/${contact.maya}/timeline`),
    except: aboutContact,
  },
  {
    name: 'list tasks',
    method: 'GET',
    path: `/contacts/${contact.jonas}/tasks`,
    effect: 'read',
    ask: (rep) => rep.get(`/contacts/${contact.jonas}/tasks`),
    except: aboutContact,
  },
  {
    name: 'list notes',
    method: 'GET',
    path: `/contacts/${contact.jonas}/notes`,
    effect: 'read',
    ask: (rep) => rep.get(`/contacts/${contact.jonas}/notes`),
    except: aboutContact,
  },
  {
    name: 'list tags of the location',
    method: 'GET',
    path: `/locations/${location.main}/tags`,
    effect: 'read',
    ask: (rep) => rep.get('/tags'),
  },
  {
    name: 'list users',
    method: 'GET',
    path: '/users/search',
    effect: 'read',
    ask: (rep) => rep.get('/users'),
  },
  {
    name: 'list phone numbers',
    method: 'GET',
    path: `/phone-system/numbers/location/${location.main}`,
    effect: 'read',
    ask: (rep) => rep.get('/phone-numbers'),
    // No phone system is connected: no numbers, which is an answer.
    except: { 'not there (404)': 'ok' },
  },
]

const writes: FaultedCall[] = [
  {
    name: 'send a text',
    method: 'POST',
    path: '/conversations/messages',
    effect: 'write',
    ask: (rep, mark) =>
      rep
        .post(`/contacts/${contact.maya}/messages`)
        .set('Idempotency-Key', randomUUID())
        .send({ message: mark }),
    count: ({ sandbox }, mark) => sandbox.state.messages.filter(({ body }) => body === mark).length,
    // A server error may come from behind the queue: a text that may be under way is never called failed.
    except: {
      ...aboutContact,
      'a server error (500)': 'outcome_unknown',
      'a server error once (500)': 'outcome_unknown',
      'out of service (503)': 'outcome_unknown',
      'out of service once (503)': 'outcome_unknown',
    },
  },
  {
    name: 'add a tag',
    method: 'POST',
    path: `/contacts/${contact.maya}/tags`,
    effect: 'write',
    ask: (rep, mark) => rep.post(`/contacts/${contact.maya}/tags`).send({ tags: [mark] }),
    count: ({ sandbox }, mark) => sandbox.state.contacts.filter(({ tags }) => tags.includes(mark)).length,
    except: { ...aboutContact, ...unread },
  },
  {
    name: 'remove a tag',
    method: 'DELETE',
    path: `/contacts/${contact.jonas}/tags`,
    effect: 'write',
    ask: async (rep, mark) => {
      await rep.post(`/contacts/${contact.jonas}/tags`).send({ tags: [mark] })
      return rep.delete(`/contacts/${contact.jonas}/tags`).send({ tags: [mark] })
    },
    count: ({ sandbox }, mark) =>
      sandbox.state.contacts.some(({ id, tags }) => id === contact.jonas && tags.includes(mark)) ? 0 : 1,
    except: { ...aboutContact, ...unread },
  },
  {
    name: 'make a task',
    method: 'POST',
    path: `/contacts/${contact.maya}/tasks`,
    effect: 'write',
    ask: (rep, mark) => rep.post(`/contacts/${contact.maya}/tasks`).send({ title: mark, dueDate }),
    count: (world, mark) => taskOf(world, mark).length,
    except: aboutContact,
  },
  {
    name: 'change a task',
    method: 'PUT',
    path: `/contacts/${contact.jonas}/tasks/:taskId`,
    effect: 'write',
    ask: async (rep, mark) => {
      const id = await made(rep, contact.jonas, 'tasks', mark)
      return rep.put(`/contacts/${contact.jonas}/tasks/${id}`).send({ title: mark, dueDate })
    },
    count: (world, mark) => taskOf(world, mark).length,
    except: aboutContact,
  },
  {
    name: 'complete a task',
    method: 'PUT',
    path: /\/tasks\/[^/]+\/completed$/,
    effect: 'write',
    ask: async (rep, mark) => {
      const id = await made(rep, contact.jonas, 'tasks', mark)
      return rep.put(`/contacts/${contact.jonas}/tasks/${id}/completed`).send({ completed: true })
    },
    count: (world, mark) => taskOf(world, `before ${mark}`).filter(({ completed }) => completed).length,
    except: aboutContact,
  },
  {
    name: 'delete a task',
    method: 'DELETE',
    path: `/contacts/${contact.jonas}/tasks/:taskId`,
    effect: 'write',
    ask: async (rep, mark) => {
      const id = await made(rep, contact.jonas, 'tasks', mark)
      return rep.delete(`/contacts/${contact.jonas}/tasks/${id}`)
    },
    count: (world, mark) => 1 - taskOf(world, `before ${mark}`).length,
    except: { ...aboutContact, ...unread },
  },
  {
    name: 'make a note',
    method: 'POST',
    path: `/contacts/${contact.maya}/notes`,
    effect: 'write',
    ask: (rep, mark) => rep.post(`/contacts/${contact.maya}/notes`).send({ body: mark }),
    count: ({ sandbox }, mark) => sandbox.state.notes.filter(({ body }) => body === mark).length,
    except: aboutContact,
  },
  {
    name: 'change a note',
    method: 'PUT',
    path: `/contacts/${contact.jonas}/notes/:noteId`,
    effect: 'write',
    ask: async (rep, mark) => {
      const id = await made(rep, contact.jonas, 'notes', mark)
      return rep.put(`/contacts/${contact.jonas}/notes/${id}`).send({ body: mark })
    },
    count: ({ sandbox }, mark) => sandbox.state.notes.filter(({ body }) => body === mark).length,
    except: aboutContact,
  },
  {
    name: 'delete a note',
    method: 'DELETE',
    path: `/contacts/${contact.jonas}/notes/:noteId`,
    effect: 'write',
    ask: async (rep, mark) => {
      const id = await made(rep, contact.jonas, 'notes', mark)
      return rep.delete(`/contacts/${contact.jonas}/notes/${id}`)
    },
    count: ({ sandbox }, mark) =>
      1 - sandbox.state.notes.filter(({ body }) => body === `before ${mark}`).length,
    except: { ...aboutContact, ...unread },
  },
]

export const faultedCalls = [...reads, ...writes]
