/** `npm run demo`: the app in a stand-in CRM, without any account. Everything it makes is gone when it ends. */
import { animateDemo } from '../test/sandbox/demo-life.ts'
import { withDemoStage, type DemoStage } from '../test/sandbox/demo-stage.ts'

const stopRequested = new Promise<'stopped'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('stopped'))
})

/** Until somebody ends it, or the app ends by itself. */
async function runDemo({ sandbox, app, publicUrl }: DemoStage): Promise<number> {
  const life = new AbortController()
  const ending = Promise.race([stopRequested, app.ended.then(() => 'app ended' as const)])
  const beginning = await Promise.race([app.ready.then(() => 'ready' as const), ending])
  if (beginning === 'ready') console.log(`Open ${sandbox.origin}/?guide=1\nCtrl+C ends it.`)
  void ending.then(() => life.abort())
  await animateDemo({ sandbox, publicUrl }, life.signal)
  if ((await ending) === 'stopped') return 0
  console.error(`The app ended unexpectedly. It said last:\n${app.lastWords()}`)
  return 1
}

console.log('Starting the demo …')
const port = Number(process.env['PORT'] || 0)
const exitCode = await withDemoStage({ port, behaviour: { replies: 'on' } }, runDemo).catch(
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    return 1
  },
)
process.exit(exitCode)
