// The quickstart, killed ten times at moments drawn by a seed, each time gone on with by the command that it printed.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { rootFor } from '../tune.ts'

const quickstart = fileURLToPath(new URL('../../../examples/quickstart.ts', import.meta.url))
const binary = fileURLToPath(new URL('../../../bin/trialist.cjs', import.meta.url))
const kills = 10
const seed = Number(process.env['TRIALIST_TEST_SEED'] ?? 1)

test(`killed ${kills} times (seed ${seed}), the quickstart comes to its end, and each trial is there once`, async (context) => {
  const folder = rootFor(context)
  let command = `exec '${process.execPath}' '${quickstart}'`
  const lived: number[] = []
  for (const afterMs of delays()) {
    const run = await killed(folder, command, afterMs)
    // A run that came to its end before its moment is not gone on with.
    if (run === undefined) break
    const { resume, name } = run
    command = resume.replace(/ node /, ` exec '${process.execPath}' `)
    lived.push(ended(folder, name))
  }
  context.diagnostic(`finished trials at each death: ${lived.join(' ')}`)
  const output = execFileSync('sh', ['-c', command], { cwd: folder, env: environment(), encoding: 'utf8' })
  const [defaults, tuned] = ['defaults', 'tuned'].map((what) =>
    Number(new RegExp(`${what}\\s+(\\S+) %`).exec(output)![1]),
  )
  // One search may be luckier than another: half of the defaults' error is what most come below.
  assert.ok(tuned! >= defaults! + 2, output)
  const name = /\.trialist\/([^/]+)\/log\.db/.exec(output)![1]!
  const shown = JSON.parse(trialist(folder, 'show', name, '--json')) as { trials: { number: number; state: string }[] }
  assert.deepEqual(
    shown.trials.map(({ number }) => number),
    Array.from({ length: 60 }, (_, number) => number),
  )
  assert.ok(shown.trials.every(({ state }) => state === 'completed' || state === 'stopped'))
  assert.match(trialist(folder, 'verify', name), /follow from one another/)
})

/** Moments after the start of the trials, in milliseconds. */
function* delays(): Generator<number> {
  let state = seed
  for (let i = 0; i < kills; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield 300 + (state / 2 ** 32) * 2_500
  }
}

/** How to go on with a run that was killed so long after it had said that; undefined where it was over by then. */
async function killed(
  folder: string,
  command: string,
  afterMs: number,
): Promise<{ resume: string; name: string } | undefined> {
  const child = spawn('sh', ['-c', command], { cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const resume = Promise.withResolvers<string>()
  child.stderr.on('data', (chunk) => {
    said += String(chunk)
    const line = /Resume with: (.*)\n/.exec(said)?.[1]
    if (line !== undefined) resume.resolve(line)
  })
  const exit = once(child, 'exit')
  const line = await Promise.race([resume.promise, exit.then(() => undefined)])
  if (line === undefined) {
    assert.equal(child.exitCode, 0, said)
    return undefined
  }
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  child.kill('SIGKILL')
  const [code] = (await exit) as [number | null]
  return code === null ? { resume: line, name: /TRIALIST_RESUME=(\S+)/.exec(line)![1]! } : undefined
}

function ended(folder: string, name: string): number {
  const database = new DatabaseSync(join(folder, '.trialist', name, 'log.db'), { readOnly: true })
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM trials').get()!['n'])
  } finally {
    database.close()
  }
}

function trialist(folder: string, ...args: readonly string[]): string {
  return execFileSync(process.execPath, [binary, ...args], { cwd: folder, encoding: 'utf8' })
}

function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, npm_lifecycle_event: _script, ...env } = process.env
  return env
}
