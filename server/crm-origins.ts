/** Where the CRM's own pages come from; an agency's own domain comes from its installation or the settings. */
const crmDomains = ['gohighlevel.com', 'leadconnectorhq.com', 'msgsndr.com']

export const crmOrigins: readonly string[] = crmDomains.map((domain) => `https://*.${domain}`)

/** @param additional origins of white-label domains */
export function isCrmAddress(address: string, additional: readonly string[]): boolean {
  const url = URL.parse(address)
  if (url === null || url.username !== '' || url.password !== '') return false
  if (additional.includes(url.origin)) return true
  return url.protocol === 'https:' && crmDomains.some((domain) => url.hostname.endsWith(`.${domain}`))
}
