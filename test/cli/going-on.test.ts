// What `trialist resume` goes on with, and totals.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { inFolder, run, start, until } from '../faults/cli.ts'

/** Trials from a number on wait until there is a file `go`. */
const waiting = (from: number): string[] => {
  const line = `until [ $TRIALIST_TRIAL -lt ${from} ] || [ -e go ]; do sleep 0.05; done; echo loss={x}`
  return ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', line]
}
const quick = ['--param', 'x=uniform(0, 1)', '--', 'echo', 'loss={x}']
const base = ['run', '--name', 'e', '--metric', 'loss', '--seed', '1', '--concurrency', '1']
const file = `import { Tuner, uniform } from 'trialist'
export default new Tuner({ name: 'e', space: { x: uniform(0, 1) }, metric: 'loss', trials: 4, seed: 1,
  trainable: async ({ config, report }) => { await report({ loss: config.x }) } })`

interface Shown {
  readonly trials: readonly { readonly state: string }[]
  readonly state: string
  readonly budget: { readonly trials: number | null }
}

function counts(folder: string): { trials: number; state: string; total: number | null } {
  const { output, notes } = run(folder, ['show', 'e', '--json'])
  const { trials, state, budget } = JSON.parse(output || notes) as Shown
  return { trials: trials.filter((trial) => trial.state === 'completed').length, state, total: budget.trials }
}

test('a total that was raised and not reached is what a further resume goes on to', async () => {
  await inFolder({}, async (folder) => {
    assert.equal(run(folder, [...base, '--trials', '2', ...waiting(3)]).status, 0)
    const engine = start(folder, ['resume', 'e', '--trials', '12', '--json'])
    await until(() => engine.output().includes('"type":"end"'), engine.notes)
    engine.child.kill('SIGINT')
    assert.equal(await engine.end, 130, engine.notes())
    assert.equal(counts(folder).state, 'interrupted')
    writeFileSync(join(folder, 'go'), '')
    const { status, notes } = run(folder, ['resume', 'e'])
    assert.equal(status, 0, notes)
    assert.deepEqual(counts(folder), { trials: 12, state: 'finished', total: 12 })
    assert.equal(run(folder, ['verify', 'e']).status, 0)
  })
})

test('--unfinished stop ends what was interrupted, and new trials come', async () => {
  await inFolder({}, async (folder) => {
    const engine = start(folder, [...base, '--trials', '4', '--json', ...waiting(1)])
    await until(() => engine.output().includes('"type":"end"'), engine.notes)
    engine.child.kill('SIGINT')
    assert.equal(await engine.end, 130, engine.notes())
    writeFileSync(join(folder, 'go'), '')
    const { status, notes } = run(folder, ['resume', 'e', '--unfinished', 'stop'])
    assert.equal(status, 0, notes)
    const { trials } = JSON.parse(run(folder, ['show', 'e', '--json']).output) as Shown
    const states = trials.map(({ state }) => state)
    assert.deepEqual(states, ['completed', 'stopped', 'completed', 'completed'])
    assert.equal(run(folder, ['verify', 'e']).status, 0)
    assert.match(
      run(folder, ['resume', 'e', '--unfinished', 'skip']).notes,
      /--unfinished: expected 'resume' or 'stop'/,
    )
  })
})

test('a file whose total is changed says something new; one that is as it was does not', async () => {
  await inFolder({ 'tune.ts': file, 'more.ts': file.replace('trials: 4', 'trials: 9') }, (folder) => {
    assert.equal(run(folder, ['run', 'tune.ts']).status, 0)
    assert.equal(run(folder, ['resume', 'e', '--trials', '6']).status, 0)
    assert.equal(run(folder, ['resume', 'e']).status, 0)
    assert.deepEqual(counts(folder), { trials: 6, state: 'finished', total: 6 })
    renameSync(join(folder, 'more.ts'), join(folder, 'tune.ts'))
    assert.equal(run(folder, ['resume', 'e']).status, 0)
    assert.equal(counts(folder).trials, 9)
  })
})

test('options before the file are not taken for it, and a new total goes before the one of the first start', async () => {
  await inFolder({ 'tune.ts': file }, (folder) => {
    assert.equal(run(folder, ['run', '--trials', '3', 'tune.ts']).status, 0)
    assert.equal(counts(folder).trials, 3)
    assert.equal(run(folder, ['resume', 'e', '--trials', '5']).status, 0)
    assert.equal(counts(folder).trials, 5)
    const { status, notes } = run(folder, ['resume', 'e'])
    assert.equal(status, 0, notes)
    assert.equal(counts(folder).trials, 5)
  })
})

test('a script that calls fit() itself, in the folder and with the arguments that it had', async () => {
  const index = new URL('../../dist/index.js', import.meta.url).href
  const script = `${file
    .replace('export default', 'console.log(process.cwd(), process.argv.slice(2));\nawait (')
    .replace("'trialist'", `'${index}'`)}).fit()`
  await inFolder({}, (folder) => {
    mkdirSync(join(folder, 'cli'))
    mkdirSync(join(folder, 'elsewhere'))
    // The name of a module of ours in a folder of the user's.
    writeFileSync(join(folder, 'cli', 'main.ts'), script)
    const first = spawnSync(process.execPath, ['cli/main.ts', '--some', 'word'], { cwd: folder, encoding: 'utf8' })
    assert.equal(first.status, 0, first.stderr)
    const root = join(folder, '.trialist')
    const { status, output, notes } = run(join(folder, 'elsewhere'), ['resume', 'e', '--root', root, '--trials', '7'])
    assert.equal(status, 0, notes)
    assert.equal(output, first.stdout)
    assert.equal(counts(folder).trials, 7)
  })
})

test('a script that was started with options of Node.js gets them again, and a signal meets it', async () => {
  const index = new URL('../../dist/index.js', import.meta.url).href
  const script = `${file
    .replace('export default', 'console.log(process.env.KIND, process.execArgv);\nconst tuner =')
    .replace("'trialist'", `'${index}'`)
    .replace(
      'async ({ config, report }) => {',
      'async ({ config, report }) => { await new Promise((done) => setTimeout(done, 50)); ',
    )}
await tuner.fit()`
  await inFolder({ 'tune.ts': script, vars: 'KIND=by a file\n' }, async (folder) => {
    const first = spawnSync(process.execPath, ['--env-file=vars', 'tune.ts'], { cwd: folder, encoding: 'utf8' })
    assert.equal(first.status, 0, first.stderr)
    const engine = start(folder, ['resume', 'e', '--trials', '500'])
    await until(() => engine.output() === first.stdout && engine.notes().includes('Resume with'), engine.notes)
    engine.child.kill('SIGINT')
    assert.equal(await engine.end, 130, engine.notes())
    assert.match(first.stdout, /by a file.*--env-file=vars/)
    assert.equal(counts(folder).state, 'interrupted')
  })
})

test('what ran it is gone: the file, the folder', async () => {
  await inFolder({ 'tune.ts': file }, (folder) => {
    const within = join(folder, 'within')
    mkdirSync(within)
    renameSync(join(folder, 'tune.ts'), join(within, 'tune.ts'))
    assert.equal(run(within, ['run', 'tune.ts']).status, 0)
    rmSync(join(within, 'tune.ts'))
    const noFile = run(within, ['resume', 'e'])
    assert.equal(noFile.status, 2)
    assert.match(noFile.notes, /^trialist: what ran e is no longer there: expected tune\.ts\..*TRIALIST_RESUME=e/)
    renameSync(join(within, '.trialist'), join(folder, '.trialist'))
    rmSync(within, { recursive: true })
    const noFolder = run(folder, ['resume', 'e'])
    assert.equal(noFolder.status, 2)
    assert.match(noFolder.notes, /^trialist: what ran e is no longer there: expected .*within\./)
  })
})

test('a command line with a secret is not recorded, and resume says what to do', async () => {
  await inFolder({}, (folder) => {
    assert.equal(run(folder, [...base, '--trials', '2', ...quick, '--api-key=abcdef']).status, 0)
    const { status, notes } = run(folder, ['resume', 'e', '--trials', '3'])
    assert.equal(status, 2)
    assert.match(notes, /seems to hold a secret.*TRIALIST_RESUME=e/)
    assert.match(run(folder, ['show', 'e']).output, /^ +by .*--api-key=\*\*\*$/m)
  })
})

test('trials that failed are tried again where that is asked for', async () => {
  await inFolder({}, (folder) => {
    const failing = ['--param', 'x=int(0, 5)', '--', 'sh', '-c', '[ -e mended ] || [ {x} -lt 3 ] && echo loss={x}']
    assert.equal(run(folder, [...base, '--searcher', 'grid', ...failing.with(1, 'x=grid(0, 1, 2, 3, 4, 5)')]).status, 0)
    assert.equal(counts(folder).trials, 3)
    writeFileSync(join(folder, 'mended'), '')
    assert.equal(run(folder, ['resume', 'e']).status, 0)
    assert.equal(counts(folder).trials, 3)
    const { status, notes } = run(folder, ['resume', 'e', '--failed', 'restart'])
    assert.equal(status, 0, notes)
    assert.equal(counts(folder).trials, 6)
    assert.equal(run(folder, ['verify', 'e']).status, 0)
    const wrong = run(folder, ['resume', 'e', '--failed', 'again'])
    assert.equal(wrong.status, 2)
    assert.match(wrong.notes, /--failed: expected 'leave', 'resume' or 'restart', received "again"/)
  })
})
