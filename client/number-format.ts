const format = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 })

/** A number as the user's language writes it. */
export const formatNumber = (value: number): string => format.format(value)
