const maxTextLength = 10_000_000

/** The source of a value, which `JSON.parse` tells a reviver since Node 21. */
type Source = { source?: string }

/**
 * JSON in which whole numbers that JavaScript would round (BulkSMS' ids have 19 digits) become text.
 * @returns undefined where it is no JSON
 */
export function parseWithTextIds(text: string): unknown {
  if (text.length > maxTextLength) return undefined
  const keepDigits = (_key: string, value: unknown, { source }: Source = {}): unknown =>
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    source !== undefined &&
    /^-?\d+$/.test(source)
      ? source
      : value
  try {
    return JSON.parse(text, keepDigits)
  } catch {
    return undefined
  }
}
