/** Plain pages of the install flow: no script, no inline style, everything inserted is escaped. */
export type OAuthPage = {
  title: string
  /** Paragraphs of plain text. */
  paragraphs: readonly string[]
  /** Names shown as a list below the first paragraph. */
  items?: readonly string[]
  link?: { href: string; label: string }
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => escapes[sign] ?? sign)

export function renderOAuthPage({ title, paragraphs, items = [], link }: OAuthPage): string {
  const [first = '', ...rest] = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`)
  const list = items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} - Wrapup</title>
<link rel="stylesheet" href="/oauth/page.css">
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${[first, list ? `<ul>${list}</ul>` : '', ...rest].join('\n')}
${link ? `<p><a class="button" href="${escapeHtml(link.href)}">${escapeHtml(link.label)}</a></p>` : ''}
</main>
</body>
</html>
`
}

export const oauthPageStyle = `:root { color-scheme: light; font: 14px/20px Inter, system-ui, sans-serif; color: #344054; background: #f9fafb; }
body { margin: 0; padding: 16px; display: grid; min-height: calc(100vh - 32px); place-items: center; }
main { box-sizing: border-box; width: min(100%, 480px); padding: 32px; background: #fff; border: 1px solid #eaecf0; border-radius: 8px; }
h1 { margin: 0 0 12px; font-size: 20px; line-height: 30px; font-weight: 600; color: #101828; }
p { margin: 0 0 12px; }
ul { margin: 0 0 12px; padding-left: 20px; max-height: 200px; overflow: auto; overflow-wrap: anywhere; }
.button { display: inline-block; margin-top: 8px; padding: 8px 14px; border-radius: 8px; background: #155eef; color: #fff; font-weight: 600; text-decoration: none; }
.button:hover { background: #0040c1; }
.button:focus-visible { outline: 4px solid #d1e0ff; }
`
