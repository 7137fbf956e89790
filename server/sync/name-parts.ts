/** First and last name as one: mapped as `fullName`, and split again where a side keeps them apart. */
export function joinName(firstName: string | undefined, lastName: string | undefined): string {
  return `${firstName ?? ''} ${lastName ?? ''}`.replace(/\s+/g, ' ').trim()
}

export function splitName(fullName: string): { firstName: string; lastName: string } {
  const [firstName = '', ...rest] = fullName.trim().split(/\s+/)
  return { firstName, lastName: rest.join(' ') }
}
