import type { TokenOwner } from '../highlevel/token-source.ts'
import type { Installation } from './installation-repository.ts'

/** A key that tells owners apart, the same in every process. */
export function keyOfOwner(owner: TokenOwner): string {
  return `${owner.kind}:${owner.kind === 'location' ? owner.locationId : owner.companyId}`
}

export function ownerOf(row: Pick<Installation, 'kind' | 'locationId' | 'companyId'>): TokenOwner {
  if (row.kind === 'location' && row.locationId !== null)
    return { kind: 'location', locationId: row.locationId }
  if (row.kind === 'company' && row.companyId !== null) return { kind: 'company', companyId: row.companyId }
  throw new Error('an installation without an owner')
}
