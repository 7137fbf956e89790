/** Markup that is safe to send: made by `html` alone, so every value in it was escaped. */
export type SafeHtml = { readonly markup: string }

type Insert = SafeHtml | readonly SafeHtml[] | string | number | false | null | undefined

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function insert(value: Insert): string {
  if (value === false || value === null || value === undefined) return ''
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => escapes[character] ?? '')
  if (typeof value === 'number') return String(value)
  return 'markup' in value ? value.markup : value.map((part) => part.markup).join('')
}

/** A template whose inserted strings are escaped; parts made by `html` are taken as they are. */
export function html(strings: TemplateStringsArray, ...values: readonly Insert[]): SafeHtml {
  return { markup: String.raw({ raw: strings }, ...values.map(insert)) }
}

/** Of a page of the stand-in CRM: styles by its parts, the common ones first. */
export function stylesheets(...parts: readonly string[]): SafeHtml {
  return html`${['base', ...parts].map(
    (part) => html`<link rel="stylesheet" href="/shell/assets/shell-${part}.css" />`,
  )}`
}
