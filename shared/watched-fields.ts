/** Fields of a contact that rules can watch and ask for; `assignedTo` holds a user's id. */
export const watchableFields = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'companyName',
  'source',
  'assignedTo',
] as const
export type WatchableField = (typeof watchableFields)[number]

/** How many follow-ups one rule makes within 24 hours, unless an admin says otherwise. */
export const usualDailyLimit = 100
export const dailyLimitMax = 1_000
export const rulesMaxCount = 50
