import * as z from 'zod/mini'

export const roles = ['admin', 'user'] as const
export type Role = (typeof roles)[number]

/** Whatever is not a text is no user context, and is refused as one that cannot be opened. */
export const sessionRequestSchema = z.object({
  encryptedData: z.pipe(
    z.optional(z.unknown()),
    z.transform((value) => (typeof value === 'string' ? value : '')),
  ),
})

export const sessionAnswerSchema = z.object({
  token: z.string(),
  /** ISO 8601; at most 15 minutes ahead. */
  expiresAt: z.string(),
  user: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: z.enum(roles),
    /** The user sees only what is assigned to them. */
    assignedDataOnly: z.boolean(),
  }),
  location: z.object({ id: z.string(), name: z.string(), timezone: z.string() }),
  installUrl: z.optional(z.string()),
})

export type SessionAnswer = z.infer<typeof sessionAnswerSchema>

/** `details` of a `reconnect_required` failure. */
export type ReconnectDetails = { installUrl: string }

/** What an admin sees of the connection in the page's settings. */
export const installationAnswerSchema = z.object({
  installation: z.object({
    locationId: z.string(),
    locationName: z.string(),
    installedAt: z.string(),
    scopes: z.array(z.string()),
    /** Scopes that Wrapup needs and this connection lacks. */
    missingScopes: z.array(z.string()),
    viaAgency: z.boolean(),
    installUrl: z.string(),
  }),
})

export type InstallationAnswer = z.infer<typeof installationAnswerSchema>
