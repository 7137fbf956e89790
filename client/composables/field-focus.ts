/** The fields of the open contact that have a shortcut or are gone to; one contact is open at a time. */
export const fieldIds = {
  heading: 'contact-name',
  message: 'message-field',
  tag: 'tag-field',
  follow_up: 'follow-up-field',
  due: 'follow-up-due',
  note: 'note-field',
} as const

export type FieldName = keyof typeof fieldIds

/** Whether the field is there and could be focused. */
export function focusField(name: FieldName): boolean {
  const field = document.getElementById(fieldIds[name])
  if (!field || field.matches(':disabled')) return false
  field.focus({ preventScroll: name === 'heading' })
  return true
}
