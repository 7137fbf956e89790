/** A contact of either side, in the words that both share. */
export type SideContact = {
  id: string
  /** E.164. */
  phone: string | null
  email: string | null
  /** Epoch ms; 0 where the side does not tell. */
  updatedAtMs: number
  /** By field: firstName, lastName, email, `custom:<id>`, …; what is missing is empty. */
  fields: Readonly<Record<string, string>>
  /** Lower-case names. */
  tags: readonly string[]
  /** It has more than these tags, whose names the side does not tell: one that is missing need not be gone. */
  hasUnnamedTags?: boolean | undefined
}

export type ContactPage = {
  contacts: SideContact[]
  /** Where the next page begins; null at the end. */
  cursor: string | null
}

export type ContactChange = {
  /** Only those that change. */
  fields: Readonly<Record<string, string>>
  /** All that it is to have; undefined: as they are. */
  tags: readonly string[] | undefined
  /** Those that it had when it was read: what others add or remove meanwhile is theirs. */
  tagsBefore?: readonly string[]
}

/** One of the two systems whose contacts are kept in step. */
export type SyncPort = {
  /** All contacts, page by page; one that changes meanwhile may be missed, or come twice. */
  page(cursor: string | null): Promise<ContactPage>
  /** @returns undefined where it is gone */
  get(id: string): Promise<SideContact | undefined>
  /** Exact matches by phone, then by e-mail; of very many the first ones. */
  find(key: { phone: string | null; email: string | null }): Promise<SideContact[]>
  /** @returns as it is now */
  create(contact: ContactChange): Promise<SideContact>
  /** @returns as it is now */
  update(id: string, change: ContactChange): Promise<SideContact>
  fields(): Promise<SideField[]>
}

export type SideField = { key: string; name: string; isReadOnly: boolean }
