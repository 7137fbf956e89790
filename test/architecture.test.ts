import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

type Import = { from: string; to: string; typeOnly: boolean }

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|vue)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

const importLine = /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/g
const dynamicImport = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const target = (specifier: string) =>
    specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier
  return [
    ...[...text.matchAll(importLine)].map((match) => ({
      from: file,
      to: target(match[2] ?? ''),
      typeOnly: match[1] !== undefined,
    })),
    ...[...text.matchAll(dynamicImport)].map((match) => ({
      from: file,
      to: target(match[1] ?? ''),
      typeOnly: false,
    })),
  ]
}

const files = ['shared', 'server', 'client'].flatMap(sourceFiles)
const imports = files.flatMap(importsOf)

const isPackage = (to: string) => !/^(shared|server|client|test|scripts)\//.test(to)
const serverModule = (file: string) => /^server\/([^/]+)\//.exec(file)?.[1]
const foundations = new Set(['highlevel', 'jobs', 'storage', 'webhooks'])
/** The doors and the composition see every module. */
const seesAll = /^server\/(([a-z]+-)?composition|surroundings|app|main|webhook-handlers|job-handlers)\.ts$/

type Rule = { name: string; forbids: (edge: Import) => boolean }

const rules: Rule[] = [
  {
    name: 'shared imports only shared, zod/mini and pure packages',
    forbids: ({ from, to }) =>
      from.startsWith('shared/') &&
      !to.startsWith('shared/') &&
      !['zod/mini', '@internationalized/date'].includes(to),
  },
  {
    name: 'client imports only client, shared and packages',
    forbids: ({ from, to }) => from.startsWith('client/') && /^(server|test|scripts)\//.test(to),
  },
  {
    name: 'client takes types alone from the contracts',
    forbids: ({ from, to, typeOnly }) =>
      from.startsWith('client/') && to.endsWith('-contract.ts') && !typeOnly,
  },
  {
    name: 'server imports only server, shared and packages',
    forbids: ({ from, to }) => from.startsWith('server/') && /^(client|test|scripts)\//.test(to),
  },
  {
    name: 'platform, queue, storage and webhooks know no domain',
    forbids: ({ from, to }) => {
      const [here, there] = [serverModule(from), serverModule(to)]
      if (here === undefined || there === undefined || !foundations.has(here) || here === there) return false
      return there !== 'storage'
    },
  },
  {
    name: 'a server module reaches another only through what the composition hands it',
    forbids: ({ from, to, typeOnly }) => {
      const [here, there] = [serverModule(from), serverModule(to)]
      if (typeOnly || here === undefined || there === undefined || here === there) return false
      // A route reads who asks from the session; a repository speaks to the schema.
      if (from.endsWith('-routes.ts') && to === 'server/session/authenticate.ts') return false
      return there !== 'storage' || !(from.endsWith('-repository.ts') || here === 'jobs')
    },
  },
  {
    name: 'routes -> service -> repository, never back',
    forbids: ({ from, to }) =>
      (/-(service|repository)\.ts$/.test(from) && to.endsWith('-routes.ts')) ||
      (from.endsWith('-repository.ts') && to.endsWith('-service.ts')) ||
      (from.endsWith('-routes.ts') && to.endsWith('-repository.ts') && serverModule(from) !== 'webhooks'),
  },
  {
    name: 'only the composition, the doors and the process see all modules',
    forbids: ({ from, to }) =>
      /^server\/[^/]+\.ts$/.test(from) && !seesAll.test(from) && serverModule(to) !== undefined,
  },
  {
    name: 'Express lives in the doors',
    forbids: ({ from, to }) =>
      to === 'express' &&
      !/^server\/(app|error-handler|security-headers|request-pipeline|request-params)\.ts$|-routes\.ts$|\/authenticate\.ts$/.test(
        from,
      ),
  },
  {
    name: 'SQL lives in repositories and storage',
    forbids: ({ from, to }) =>
      to.startsWith('drizzle-orm') && !from.endsWith('-repository.ts') && !from.startsWith('server/storage/'),
  },
  {
    name: 'the database driver lives in storage',
    forbids: ({ from, to, typeOnly }) =>
      to === 'pg' && !from.startsWith('server/storage/') && !(typeOnly && from.startsWith('server/jobs/')),
  },
  {
    name: "axios lives in the platform client, the providers and the page's http",
    forbids: ({ from, to, typeOnly }) =>
      to === 'axios' &&
      !typeOnly &&
      !/^server\/(highlevel|providers)\//.test(from) &&
      from !== 'client/api/http.ts',
  },
  {
    name: 'views -> components, stores, composables; stores -> api',
    // What a failure is, everybody may know.
    forbids: ({ from, to }) =>
      to !== 'client/api/api-error.ts' &&
      ((from.startsWith('client/views/') && to.startsWith('client/api/')) ||
        (from.startsWith('client/components/') && /^client\/(views|api)\//.test(to)) ||
        (from.startsWith('client/stores/') && /^client\/(views|components)\//.test(to)) ||
        (from.startsWith('client/api/') && /^client\/(views|components|stores|composables)\//.test(to))),
  },
]

describe('architecture', () => {
  it.each(rules)('When a file imports another, then $name', ({ forbids }) => {
    const broken = imports.filter(forbids).map(({ from, to }) => `${from} -> ${to}`)
    expect(broken).toEqual([])
  })

  it('When imports are followed, then no cycle comes back to its start', () => {
    expect(findCycle(imports.filter(({ typeOnly, to }) => !typeOnly && !isPackage(to)))).toEqual([])
  })

  it('When environment variables are read, then only in the process', () => {
    const readers = files.filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env'))
    expect(readers.filter((file) => file !== 'server/main.ts')).toEqual([])
  })

  it('When files are named, then each name is unique and says its role', () => {
    // Both halves are entered by a main.ts.
    const names = files.map((file) => file.split('/').at(-1) ?? '').filter((name) => name !== 'main.ts')
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([])
    expect(names.filter((name) => /^(index|utils?|helpers?|types?)\.(ts|vue)$/.test(name))).toEqual([])
  })

  it('When the page shows words, then it never names the platform', () => {
    const shown = files.filter((file) => /^client\/.*\.(vue|ts|html)$/.test(file))
    const naming = shown.filter((file) =>
      /HighLevel|\bGHL\b|LeadConnector/i.test(withoutComments(readFileSync(join(root, file), 'utf8'))),
    )
    expect(naming).toEqual([])
  })
})

const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

/** The files of one cycle, or nothing. */
function findCycle(edges: Import[]): string[] {
  const next = Map.groupBy(edges, ({ from }) => from)
  const done = new Set<string>()
  const visit = (file: string, path: string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const { to } of next.get(file) ?? []) {
      const cycle = visit(to, [...path, file])
      if (cycle.length > 0) return cycle
    }
    done.add(file)
    return []
  }
  for (const file of next.keys()) {
    const cycle = visit(file, [])
    if (cycle.length > 0) return cycle
  }
  return []
}
