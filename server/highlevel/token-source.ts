/** Whose token a call uses: tokens are per location, or per company (agency). */
export type TokenOwner = { kind: 'location'; locationId: string } | { kind: 'company'; companyId: string }

/** Where the platform client gets its tokens; it never keeps one. */
export type TokenSource = {
  /** A token that is good for at least the next moments, refreshed where needed. */
  accessToken(owner: TokenOwner): Promise<string>
  /** A newer token than the one the platform just refused; the same refusal told twice refreshes once. */
  replaceRejected(owner: TokenOwner, rejectedToken: string): Promise<string>
  /** The newer token was refused as well: another one would fare no better for a while. */
  stayedRejected(owner: TokenOwner, newerToken: string): Promise<void>
}

/** A key that tells owners apart. */
export function ownerKey(owner: TokenOwner): string {
  return owner.kind === 'location' ? `location:${owner.locationId}` : `company:${owner.companyId}`
}
