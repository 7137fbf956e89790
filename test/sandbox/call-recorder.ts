/** One request that reached the sandbox's API. */
export type RecordedCall = {
  method: string
  path: string
  query: Record<string, unknown>
  /** Null while it is under way; what was (or would have been) answered. */
  status: number | null
  version: string | null
  /** `location:ID`, `company:ID`, or null without a token that the sandbox made. */
  tokenOwner: string | null
  body: unknown
  at: string
}
