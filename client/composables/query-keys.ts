/** Names of what the page keeps of the server's state. */
export const contactQueryKey = (contactId: string) => ['contact', contactId]
export const tasksQueryKey = (contactId: string) => ['tasks', contactId]
export const notesQueryKey = (contactId: string) => ['notes', contactId]
export const tagPickerKey = ['tags']
export const userPickerKey = ['users']
export const phoneNumberPickerKey = ['phone-numbers']
export const installationQueryKey = ['installation']
export const failedJobsQueryKey = ['failed-jobs']
