import { Client, type ClientConfig, type QueryConfig } from 'pg'

/** Each takes memory of the server, on each connection. */
const maxPrepared = 150
/** Lists of values of any length make ever new texts. */
const maxRemembered = 1_000

/** It is called in more ways than its types can say at once. */
type AnyQuery = (statement: string | QueryConfig, ...rest: unknown[]) => unknown

/**
 * A client whose server reads and plans a statement once per connection instead of each time: what comes a second time
 * is prepared under a name. Never a text that may hold several statements, which cannot be prepared.
 */
export class PreparingClient extends Client {
  readonly #names = new Map<string, string>()
  readonly #seen = new Set<string>()

  constructor(config?: string | ClientConfig) {
    super(config)
    const query = this.query.bind(this) as AnyQuery
    const prepared: AnyQuery = (statement, ...rest) => query(this.#named(statement, rest[0]), ...rest)
    this.query = prepared as Client['query']
  }

  #named(config: string | QueryConfig, values: unknown): string | QueryConfig {
    const query = typeof config === 'string' ? { text: config } : config
    const isPlain = !('submit' in query) && query.name === undefined && Array.isArray(query.values ?? values)
    const name = isPlain && !query.text.includes(';') ? this.#nameOf(query.text) : undefined
    return name === undefined ? config : { ...query, name }
  }

  /** @returns undefined where it is not to be prepared (yet) */
  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined || this.#names.size === maxPrepared) return known
    if (!this.#seen.delete(text)) {
      if (this.#seen.size === maxRemembered) this.#seen.clear()
      this.#seen.add(text)
      return undefined
    }
    const name = `wrapup_${this.#names.size + 1}`
    this.#names.set(text, name)
    return name
  }
}
