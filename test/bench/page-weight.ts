import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Figure } from './bench-report.ts'

/** What the built page loads before anything is clicked, compressed as it travels. */
export function measurePageWeight(clientDir: string): Figure[] {
  const html = readFileSync(join(clientDir, 'index.html'), 'utf8')
  const sizeOf = (pattern: RegExp) =>
    [...html.matchAll(pattern)].reduce((sum, [, path = '']) => {
      const file = readFileSync(join(clientDir, path.replace(/^\//, '')))
      return sum + gzipSync(file, { level: 9 }).length / 1000
    }, 0)
  const js = sizeOf(/(?:src|href)="([^"]+\.js)"/g)
  const css = sizeOf(/href="([^"]+\.css)"/g)
  return [
    { name: 'initial JavaScript (gzip)', value: js, unit: 'kB', goal: { atMost: 95 } },
    { name: 'initial styles (gzip)', value: css, unit: 'kB' },
  ]
}
