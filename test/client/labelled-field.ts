import { element } from './page-harness.ts'

/** Of the control that a label names: its selector. */
export const field = (label: string) => {
  const found = [...document.querySelectorAll('label')].find((item) => item.textContent?.trim() === label)
  return `[id="${found?.htmlFor ?? `no field ${label}`}"]`
}
export const errorOf = (label: string) =>
  document.getElementById(element(field(label)).getAttribute('aria-describedby') ?? '')?.textContent?.trim()

export function choose(label: string, value: string): void {
  const select = element<HTMLSelectElement>(field(label))
  select.value = [...select.options].find((item) => item.textContent?.trim() === value)?.value ?? ''
  select.dispatchEvent(new Event('change', { bubbles: true }))
}
