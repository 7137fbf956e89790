import { startBulksmsSandbox } from '../sandbox/bulksms/bulksms-sandbox.ts'
import { startHeymarketSandbox } from '../sandbox/heymarket/heymarket-sandbox.ts'
import type { Clock } from './clock.ts'

/** Stand-ins for the other SMS systems, and the settings by which the application finds them. */
export async function startCarriers(clock: Clock) {
  const heymarket = await startHeymarketSandbox({ clock })
  const bulksms = await startBulksmsSandbox({ clock })
  const both = [heymarket, bulksms]

  return {
    heymarket,
    bulksms,
    settings: { HEYMARKET_API_URL: heymarket.origin, BULKSMS_API_URL: bulksms.apiUrl },
    secrets: () => both.flatMap((sandbox) => sandbox.secrets()),
    privateTexts: () => both.flatMap((sandbox) => sandbox.privateTexts()),
    async settle() {
      for (const sandbox of both) await sandbox.settle()
    },
    async close() {
      for (const sandbox of both) await sandbox.close()
    },
  }
}
