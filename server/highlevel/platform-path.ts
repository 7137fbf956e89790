import { AppError } from '../errors.ts'

/**
 * Builds a path of the platform; each inserted id is one encoded segment. A dot segment would be folded away when the
 * address is parsed and so reach another endpoint.
 * @throws {AppError} `not_found` for what cannot be an id
 */
export function platformPath(literals: TemplateStringsArray, ...ids: readonly string[]): string {
  return literals.reduce((path, literal, index) => {
    const id = ids[index - 1] ?? ''
    if (/^\.{0,2}$/.test(id)) throw new AppError('not_found', 'There is nothing with this id.')
    return `${path}${encodeURIComponent(id)}${literal}`
  })
}
