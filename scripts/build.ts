/** `npm run build`: the page into dist/client, the server as one file into dist/server. */
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'vite'
import { isBuildFresh, projectRoot, stampBuild } from './build-stamp.ts'

const serverFolder = join(projectRoot, 'dist/server')

/** What V8 has compiled in one run serves the next: a cache has to be there before the code that it is for. */
const launcher = `import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

enableCompileCache(join(import.meta.dirname, 'compile-cache'))
await import('./server.js')
`

/** One letter beyond Latin-1 in the whole bundle, and V8 holds each of its letters in two bytes. */
const asAscii: Plugin = {
  name: 'as-ascii',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = escaped(file.code)
  },
}

function escaped(code: string): string {
  return code.replaceAll(/[^\0-\x7F]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

async function buildClient(): Promise<void> {
  await build({ configFile: join(projectRoot, 'vite.config.ts'), logLevel: 'warn' })
}

/**
 * The packages go into the bundle too, since one file starts faster than a thousand; of the embedded server only the
 * way to its package is asked for at run time.
 */
async function buildServer(): Promise<void> {
  await build({
    root: projectRoot,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [asAscii],
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: 'server/main.ts',
      outDir: serverFolder,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      sourcemap: true,
      rolldownOptions: { output: { entryFileNames: 'server.js', codeSplitting: false } },
    },
  })
  await writeFile(join(serverFolder, 'main.js'), launcher)
  await cp(join(projectRoot, 'server/storage/migrations'), join(serverFolder, 'migrations'), {
    recursive: true,
  })
}

export async function buildProject(): Promise<void> {
  await rm(join(projectRoot, 'dist'), { recursive: true, force: true })
  await stampBuild(async () => {
    await buildClient()
    await buildServer()
  })
}

/** Builds unless what stands in dist is made from these very sources. */
export async function ensureBuild(): Promise<void> {
  if (isBuildFresh()) return
  console.log('Building the page and the server …')
  await buildProject()
}

if (import.meta.main) await buildProject()
