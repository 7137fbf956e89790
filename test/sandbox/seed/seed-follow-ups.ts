import type { SeededRandom } from '../seeded-random.ts'
import type { SandboxContact, SandboxNote, SandboxTask } from '../state.ts'
import { seedIds } from './seed-ids.ts'
import { noteTexts, taskTitles } from './seed-texts.ts'

type FollowUpParts = { random: SeededRandom; nowMs: number }

const hourMs = 3600 * 1000
const dayMs = 24 * hourMs

function taskOf(
  contact: SandboxContact,
  dueMs: number,
  completed: boolean,
  { random, nowMs }: FollowUpParts,
): SandboxTask {
  return {
    id: random.id(),
    contactId: contact.id,
    locationId: contact.locationId,
    title: random.pick(taskTitles),
    body: random.chance(0.4) ? 'See the note of last week.' : '',
    assignedTo: contact.assignedTo,
    dueDate: new Date(dueMs).toISOString(),
    completed,
    dateAdded: new Date(nowMs - random.between(1, 20) * dayMs).toISOString(),
  }
}

/** Overdue, due today, and done for Maya; a mixture for others. */
export function seedTasks(contacts: readonly SandboxContact[], parts: FollowUpParts): SandboxTask[] {
  const { random, nowMs } = parts
  return contacts.flatMap((contact) => {
    if (contact.id === seedIds.contact.maya) {
      return [
        taskOf(contact, nowMs - 2 * dayMs, false, parts),
        taskOf(contact, nowMs + 3 * hourMs, false, parts),
        taskOf(contact, nowMs - 5 * dayMs, true, parts),
      ]
    }
    if (contact.id === seedIds.contact.assigned) return [taskOf(contact, nowMs + dayMs, false, parts)]
    if (!random.chance(0.25)) return []
    return Array.from({ length: random.between(1, 3) }, () =>
      taskOf(contact, nowMs + random.between(-10, 14) * dayMs, random.chance(0.3), parts),
    )
  })
}

export function seedNotes(
  contacts: readonly SandboxContact[],
  { random, nowMs }: FollowUpParts,
): SandboxNote[] {
  return contacts.flatMap((contact) => {
    const count = contact.id === seedIds.contact.maya ? 2 : random.chance(0.3) ? random.between(1, 3) : 0
    return Array.from({ length: count }, (_, index) => ({
      id: random.id(),
      contactId: contact.id,
      body: random.pick(noteTexts),
      userId: random.chance(0.8) ? seedIds.user.admin : null,
      dateAdded: new Date(nowMs - random.between(1, 60) * dayMs - index * hourMs).toISOString(),
    }))
  })
}
