import type { SeededRandom } from '../seeded-random.ts'
import type { SandboxContact } from '../state.ts'
import { seedIds } from './seed-ids.ts'
import { areaCodes, companyNames, firstNames, lastNames, scriptNames, tagNames } from './seed-names.ts'
import { specialContacts, type ContactSketch } from './seed-special-contacts.ts'

type SeedParts = { random: SeededRandom; nowMs: number }

const dayMs = 24 * 3600 * 1000

function fill(sketch: ContactSketch, { random, nowMs }: SeedParts): SandboxContact {
  const dateAdded = nowMs - random.between(60, 400) * dayMs - random.between(0, dayMs)
  return {
    locationId: seedIds.location.main,
    email: null,
    phone: null,
    companyName: null,
    timezone: null,
    country: 'US',
    source: random.pick(['website form', 'walk-in', 'referral', 'import', 'facebook lead']),
    type: random.chance(0.3) ? 'customer' : 'lead',
    assignedTo: null,
    tags: [],
    dnd: false,
    dndSettings: {},
    customFields: [],
    dateAdded: new Date(dateAdded).toISOString(),
    dateUpdated: new Date(Math.min(dateAdded + random.between(0, 30) * dayMs, nowMs)).toISOString(),
    ...structuredClone(sketch),
  }
}

/** No two alike, and none with an ending that makes texts fail. */
function createPhones(random: SeededRandom) {
  const taken = new Set(specialContacts.map(({ phone }) => phone))
  return (): { phone: string; timezone: string } => {
    for (;;) {
      const [areaCode, timezone] = random.pick(areaCodes)
      const phone = `+1${areaCode}55501${String(random.between(20, 89)).padStart(2, '0')}`
      if (taken.has(phone)) continue
      taken.add(phone)
      return { phone, timezone }
    }
  }
}

function emailOf(firstName: string, lastName: string, index: number): string {
  const plain = `${firstName}.${lastName}`
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z.]/g, '')
    .replace(/^\.|\.$/g, '')
  return `${plain || 'contact'}${index}@example.com`
}

function ordinarySketch(
  index: number,
  locationId: string,
  parts: SeedParts,
  nextPhone: ReturnType<typeof createPhones>,
): ContactSketch {
  const { random } = parts
  const scripted = index % 11 === 4 ? scriptNames[Math.floor(index / 11) % scriptNames.length] : undefined
  const [firstName, lastName] = scripted ?? [random.pick(firstNames), random.pick(lastNames)]
  const { phone, timezone } = nextPhone()
  const assignees = [seedIds.user.admin, seedIds.user.rep, seedIds.user.restricted]
  const tags = Array.from({ length: random.between(0, 4) }, () => random.pick(tagNames))
  return {
    id: random.id(),
    locationId,
    firstName,
    lastName,
    email: random.chance(0.85) ? emailOf(firstName, lastName, index) : null,
    phone: index % 14 === 9 ? null : phone,
    timezone: random.chance(0.7) ? timezone : null,
    companyName: random.chance(0.25) ? random.pick(companyNames) : null,
    tags: [...new Set(tags)],
    assignedTo: locationId === seedIds.location.main && random.chance(0.5) ? random.pick(assignees) : null,
    dnd: index % 37 === 30,
    dndSettings: index % 23 === 12 ? { SMS: { status: 'active' } } : {},
    customFields: random.chance(0.3)
      ? [{ id: 'cfdPreferredDay00001', value: random.pick(['Mon', 'Wed', 'Sat']) }]
      : [],
  }
}

/** The special contacts first, then as many ordinary ones as asked for, by location. */
export function seedContacts(counts: Record<string, number>, parts: SeedParts): SandboxContact[] {
  const nextPhone = createPhones(parts.random)
  const contacts = specialContacts.map((sketch) => fill(sketch, parts))
  for (const [locationId, count] of Object.entries(counts)) {
    for (let index = 0; index < count; index += 1) {
      contacts.push(fill(ordinarySketch(index, locationId, parts, nextPhone), parts))
    }
  }
  return contacts
}
