import { normalizeTags } from '../../shared/tag-contract.ts'
import type { Audited } from '../audit/audit-log.ts'
import type { ContactAccess } from '../contacts/contact-access.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import { requirePermission } from '../rights.ts'
import type { Session } from '../session/session.ts'

export type TagService = ReturnType<typeof createTagService>

export function createTagService(parts: { contacts: ContactsApi; access: ContactAccess; audited: Audited }) {
  const { contacts, access, audited } = parts

  /** All tags the contact has after the change. */
  async function add(session: Session, contactId: string, tags: readonly string[]): Promise<string[]> {
    return audited({ session, contactId, action: 'tags.add' }, async () => {
      requirePermission(session, 'tags')
      await access.ensure(session, contactId)
      return contacts.addTags(session.locationId, contactId, normalizeTags(tags))
    })
  }

  async function remove(session: Session, contactId: string, tags: readonly string[]): Promise<string[]> {
    return audited({ session, contactId, action: 'tags.remove' }, async () => {
      requirePermission(session, 'tags')
      await access.ensure(session, contactId)
      return contacts.removeTags(session.locationId, contactId, normalizeTags(tags))
    })
  }

  /** Both at once for a wrap-up: what is added wins over what is removed. */
  async function change(
    session: Session,
    contactId: string,
    changes: { add: readonly string[]; remove: readonly string[] },
  ): Promise<string[]> {
    const added = normalizeTags(changes.add)
    const removed = normalizeTags(changes.remove).filter((tag) => !added.includes(tag))
    let tags: string[] = []
    if (removed.length > 0) tags = await remove(session, contactId, removed)
    if (added.length > 0) tags = await add(session, contactId, added)
    return tags
  }

  return { add, remove, change }
}
