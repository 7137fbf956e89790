/** How often a test of random faults runs: a few times by itself, many times in `npm run soak`. */
export const faultRounds = Number(process.env['FAULT_ROUNDS'] || 3)
