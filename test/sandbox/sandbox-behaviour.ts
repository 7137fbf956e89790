/** Where the platform is known to vary, or may: a test or the demo chooses, at any time. */
export type SandboxBehaviour = {
  /** A used refresh token: accepted again for 30 s, never accepted again, or taken as theft (all of its family end). */
  refreshReuse: 'grace' | 'refuse' | 'revoke'
  /** The list of messages as issue 54 reports it (`messages.messages`), or as the specification has it. */
  messagesShape: 'nested' | 'flat'
  /** TaskCreate as issue 332 reports it (without `contactId` and `body`), or as documented. */
  taskEvents: 'as seen' | 'documented'
  /** Per app and location (or company). */
  rateLimit: { max: number; intervalMs: number; perDay: number }
  /** Whether a 429 tells `Retry-After`: the platform documents none. */
  retryAfter: boolean
  /** How long after the send a text is sent, and how long after that it is delivered (or fails). */
  statusDelaysMs: { sent: number; settled: number }
  /** How long after the handing over to a conversation provider its status of a text is refused. */
  providerStatusLagMs: number
  /** With what it is refused until then: formerly 401. */
  earlyStatusRefusal: 401 | 403
  /** How long a new contact stays out of the search. */
  searchLagMs: number
  /** Whether contacts answer some of the texts. */
  replies: 'off' | 'on'
  replyDelayMs: number
  /** How often an event is tried until the app answers 2xx, and the pause between tries. */
  webhookAttempts: number
  webhookRetryDelayMs: number
}

export const defaultBehaviour: SandboxBehaviour = {
  refreshReuse: 'grace',
  messagesShape: 'nested',
  taskEvents: 'as seen',
  rateLimit: { max: 100, intervalMs: 10_000, perDay: 200_000 },
  retryAfter: false,
  statusDelaysMs: { sent: 700, settled: 1_800 },
  providerStatusLagMs: 5_000,
  earlyStatusRefusal: 403,
  searchLagMs: 0,
  replies: 'off',
  replyDelayMs: 6_000,
  webhookAttempts: 3,
  webhookRetryDelayMs: 5_000,
}
