/**
 * Tests with real libraries (`npm run test:integrations [NAME…]`): those in `test/integrations/NAME` run on the pinned
 * Python environment NAME, two names at a time, as most of them wait for one process after the other. What the tests of a name print
 * comes when they are over. Where an environment can't be made they fail; nothing is skipped.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { availableParallelism } from 'node:os'

import { EnvironmentFailure, environment } from './environment.ts'
import { succeeds } from './run.ts'

const folder = 'test/integrations'
const known = globSync(`${folder}/*/`).map((path) => path.split(/[\\/]/).at(-1)!)
const lanes = Math.min(2, availableParallelism())

process.exitCode = (await passed(process.argv.slice(2))) ? 0 : 1

async function passed(named: readonly string[]): Promise<boolean> {
  const unknown = named.filter((name) => !existsSync(`${folder}/${name}`))
  if (unknown.length > 0) {
    console.error(`No integration ${unknown.join(', ')}. There are: ${known.toSorted().join(', ')}.`)
    return false
  }
  if (!succeeds('npm', ['run', '--silent', 'build'])) return false
  const waiting = named.length > 0 ? [...named] : known.toSorted()
  const failed: string[] = []
  const lane = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      if (!(await passes(name))) failed.push(name)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`)
  return failed.length === 0
}

async function passes(name: string): Promise<boolean> {
  const startMs = performance.now()
  const { ok, output } = await outcomeOf(name)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  console.log(`== ${name}\n${output}== ${name}: ${ok ? 'passed' : 'FAILED'} after ${seconds} s, environment included`)
  return ok
}

async function outcomeOf(name: string): Promise<{ readonly ok: boolean; readonly output: string }> {
  const files = globSync(`${folder}/${name}/**/*.test.ts`)
  if (files.length === 0) return { ok: false, output: `There is no test in ${folder}/${name}.\n` }
  try {
    return await tested(await environment(name), files)
  } catch (error) {
    if (!(error instanceof EnvironmentFailure)) throw error
    return { ok: false, output: `${error.message}\n` }
  }
}

/** One file at a time: the tests look at processes and threads. */
async function tested(
  interpreter: string,
  files: readonly string[],
): Promise<{ readonly ok: boolean; readonly output: string }> {
  const args = ['--test', '--test-concurrency=1', '--test-timeout=600000', ...files]
  const { NODE_TEST_CONTEXT: _, ...env } = process.env // A test runner inside another one would report to that.
  const child = spawn(process.execPath, args, {
    env: { ...env, TRIALIST_PYTHON: interpreter },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { ok: code === 0, output }
}
