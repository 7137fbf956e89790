/** The scopes that the app asks for, and what of this release needs each. */
const scopeReasons = {
  'contacts.readonly': 'find and open contacts with their tasks and notes',
  'contacts.write': 'change tags, follow-up tasks and notes',
  'conversations.readonly': 'find the conversation of a contact, list the recent ones',
  'conversations/message.readonly': 'show the thread and what became of a text',
  'conversations/message.write': 'send texts',
  'locations.readonly': "the sub-account's name and time zone",
  'locations/tags.readonly': 'offer the tags that exist',
  'locations/tasks.readonly': 'find new follow-up tasks, and whose they are',
  'users.readonly': 'check who is asking, offer assignees',
  'phonenumbers.read': 'offer the numbers to send from',
  'oauth.readonly': 'list the sub-accounts that an agency installed the app in',
  'oauth.write': "make a sub-account's token from its agency's, disconnect",
} as const

export const requiredScopes: readonly string[] = Object.keys(scopeReasons)

/** What a connection lacks. An answer without any scope tells nothing. */
export function missingScopes(granted: readonly string[]): string[] {
  return granted.length === 0 ? [] : requiredScopes.filter((scope) => !granted.includes(scope))
}

/** The platform's choose-location page for this app. */
export function authorizeLink(
  app: { authorizeUrl: string; clientId: string; versionId: string; redirectUri: string },
  state: string,
): string {
  const link = new URL(app.authorizeUrl)
  // A private draft is found only when both ids are given.
  const fields = {
    response_type: 'code',
    client_id: app.clientId,
    version_id: app.versionId,
    redirect_uri: app.redirectUri,
    scope: requiredScopes.join(' '),
    state,
    loginWindowOpenMode: 'self',
  }
  for (const [name, value] of Object.entries(fields)) link.searchParams.set(name, value)
  return link.href
}
