/**
 * Tests with real libraries (`npm run test:integrations [NAME…]`): those in `test/integrations/NAME` run on the pinned
 * Python environment NAME. Where an environment can't be made they fail; nothing is skipped.
 */
import { spawn } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'

import { EnvironmentFailure, environment } from './environment.ts'
import { succeeds } from './run.ts'

const folder = 'test/integrations'
const known = globSync(`${folder}/*/`).map((path) => path.split(/[\\/]/).at(-1)!)

process.exitCode = (await passed(process.argv.slice(2))) ? 0 : 1

async function passed(named: readonly string[]): Promise<boolean> {
  const unknown = named.filter((name) => !existsSync(`${folder}/${name}`))
  if (unknown.length > 0) {
    console.error(`No integration ${unknown.join(', ')}. There are: ${known.toSorted().join(', ')}.`)
    return false
  }
  if (!succeeds('npm', ['run', '--silent', 'build'])) return false
  const failed: string[] = []
  const names = named.length > 0 ? named : known.toSorted()
  for (const [i, name] of names.entries()) {
    if (!(await passes(name, names[i + 1]))) failed.push(name)
  }
  if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`)
  return failed.length === 0
}

async function passes(name: string, next: string | undefined): Promise<boolean> {
  console.log(`== ${name}`)
  const startMs = performance.now()
  const ok = await runs(name, next)
  console.log(
    `== ${name}: ${ok ? 'passed' : 'FAILED'} after ${((performance.now() - startMs) / 1000).toFixed(1)} s, environment included`,
  )
  return ok
}

async function runs(name: string, next: string | undefined): Promise<boolean> {
  const files = globSync(`${folder}/${name}/**/*.test.ts`)
  const interpreter = await environment(name).catch((error: unknown) => {
    if (!(error instanceof EnvironmentFailure)) throw error
    console.error(error.message)
    return undefined
  })
  if (next !== undefined) prepare(next)
  if (interpreter === undefined || files.length === 0) return false
  // One file at a time: the tests look at processes and threads.
  const args = ['--test', '--test-concurrency=1', '--test-timeout=300000', ...files]
  return succeeds(process.execPath, args, { env: { TRIALIST_PYTHON: interpreter } })
}

/** Makes an environment meanwhile. Where that fails, whoever asks for it next tries again, and says why. */
function prepare(name: string): void {
  spawn(process.execPath, [join(import.meta.dirname, 'environment.ts'), name], { stdio: 'ignore' }).unref()
}
