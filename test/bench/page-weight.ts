import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Figure } from './bench-report.ts'

/** Sizes of built files, compressed as they travel. */
function gzipKb(clientDir: string, paths: readonly string[]): number {
  return paths.reduce(
    (sum, path) => sum + gzipSync(readFileSync(join(clientDir, path)), { level: 9 }).length / 1000,
    0,
  )
}

/** @param scripts the scripts that opening the page loaded, before anything was clicked or typed */
export function measurePageWeight(clientDir: string, scripts: readonly string[]): Figure[] {
  const html = readFileSync(join(clientDir, 'index.html'), 'utf8')
  const linked = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, path = '']) => path)
  const first = gzipKb(clientDir, linked(/(?:src|href)="([^"]+\.js)"/g))
  const styles = gzipKb(clientDir, linked(/href="([^"]+\.css)"/g))
  return [
    { name: 'JavaScript until the search field is usable (gzip)', value: first, unit: 'kB' },
    {
      name: 'initial JavaScript, the list of contacts included (gzip)',
      value: gzipKb(clientDir, scripts),
      unit: 'kB',
      goal: { atMost: 95 },
    },
    { name: 'initial styles (gzip)', value: styles, unit: 'kB' },
  ]
}
