/** Plain numbers, apart from the schemas, so that the page can use them without loading a schema library. */

/** Longest SMS text the CRM takes, in UTF-16 code units. */
export const messageMaxLength = 1600
export const noteMaxLength = 65_000
export const taskTitleMaxLength = 500
export const tagMaxLength = 250
export const tagsMaxCount = 50
/** The platform refuses a longer search text. */
export const searchMaxLength = 75
