// What goes wrong with the engine and around it, end to end through the command line.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { inFolder, linesOf, pause, processesWith, resultOf, run, start, until } from './cli.ts'
import type { Started } from './cli.ts'

const base = ['run', '--name', 'e', '--metric', 'loss', '--json', '--concurrency', '2', '--seed', '1']
const x = ['--param', 'x=uniform(0, 1)']

/** A Python function that reports and saves a step every 50 ms: 12, or as many as come before there is a file `go`. */
const steps = (word: string): string => `
import json, os, time
from trialist import report, get_checkpoint
# ${word}
def train(config):
    checkpoint = get_checkpoint()
    step = checkpoint.step if checkpoint else 0
    while True:
        step += 1
        time.sleep(0.05)
        os.makedirs("saved-%d" % os.getpid(), exist_ok=True)
        open("saved-%d/step" % os.getpid(), "w").write(str(step))
        report(loss=config["x"] / step, step=step, checkpoint="saved-%d" % os.getpid())
        if step >= 12 and os.path.exists("go"): break
`

/** Waits until no process of a test is there any more. */
async function goneWith(word: string): Promise<void> {
  await until(
    () => processesWith(word).length === 0,
    () => `${processesWith(word).join(' ')} are gone`,
  )
}

function experiment(trainable: object, trials: number, options: object = {}): string {
  const space = { version: 1, parameters: { x: { type: 'uniform', low: 0, high: 1 } } }
  return JSON.stringify({ name: 'e', space, metric: 'loss', trials, concurrency: 2, seed: 1, trainable, ...options })
}

async function reportsOf(engine: Started, count: number): Promise<void> {
  await until(
    () => linesOf(whole(engine.output()), 'report').length >= count,
    () => engine.notes() + engine.output(),
  )
}

/** Without a line that is still being written. */
function whole(output: string): string {
  return output.slice(0, output.lastIndexOf('\n') + 1)
}

for (const trainable of [{ python: 'steps.py:train' }, { python: 'steps.py:train', reuse: true }]) {
  test(`a killed engine: no process is left, and the experiment goes on (${JSON.stringify(trainable)})`, async () => {
    const word = `orphan-${process.pid}-${'reuse' in trainable}`
    const file = `${word}.py`
    await inFolder({ [file]: steps(word) }, async (folder) => {
      const named = { ...trainable, python: `${file}:train` }
      writeFileSync(join(folder, 'e.json'), experiment(named, 6))
      for (let kills = 0; kills < 3; kills++) {
        const args = kills === 0 ? ['run', 'e.json', '--json'] : ['resume', 'e']
        const engine = start(folder, args)
        await reportsOf(engine, 7)
        assert.ok(processesWith(file).length > 0)
        engine.child.kill('SIGKILL')
        await engine.end
        await goneWith(file)
      }
      writeFileSync(join(folder, 'go'), '')
      const last = run(folder, ['resume', 'e'])
      assert.equal(last.status, 0, last.notes)
      const { trials } = resultOf(last.output)
      assert.deepEqual(
        trials.map(({ number, state, step }) => [number, state, Math.min(step!, 12)]),
        [0, 1, 2, 3, 4, 5].map((number) => [number, 'completed', 12]),
      )
      assert.equal(run(folder, ['verify', 'e']).status, 0)
    })
  })
}

test('a killed engine: a command goes with all that it started', async () => {
  const word = `orphan-command-${process.pid}`
  await inFolder({}, async (folder) => {
    const line = `trap '' TERM HUP; (sleep 100; echo ${word}) & echo loss=1; sleep 100; echo ${word}`
    const engine = start(folder, [...base, ...x, '--trials', '4', '--', 'sh', '-c', line, '{x}'])
    await reportsOf(engine, 2)
    assert.ok(processesWith(word).length >= 4)
    engine.child.kill('SIGKILL')
    await engine.end
    await goneWith(word)
  })
})

test('what a dead engine left in the temporary folder is gone after the next start', async () => {
  await inFolder({ 'steps.py': steps('sweep') }, async (folder) => {
    const temporary = join(folder, 't')
    mkdirSync(temporary)
    const env = { TMPDIR: temporary }
    writeFileSync(join(folder, 'e.json'), experiment({ python: 'steps.py:train' }, 2))
    const engine = start(folder, ['run', 'e.json', '--json'], undefined, env)
    await reportsOf(engine, 1)
    const [own] = readdirSync(temporary)
    assert.ok(own !== undefined)
    // With its supervisor, which would have removed it.
    for (const pid of processesWith(join(temporary, own))) process.kill(pid, 'SIGKILL')
    engine.child.kill('SIGKILL')
    await engine.end
    assert.ok(existsSync(join(temporary, own)))
    writeFileSync(join(folder, 'go'), '')
    assert.equal(run(folder, ['resume', 'e'], env).status, 0)
    assert.deepEqual(readdirSync(temporary), [])
  })
})

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} once: trials save and stop, and the resume command is printed`, async () => {
    await inFolder({ 'steps.py': steps('signal') }, async (folder) => {
      writeFileSync(join(folder, 'e.json'), experiment({ python: 'steps.py:train' }, 4))
      const engine = start(folder, ['run', 'e.json', '--json'])
      await reportsOf(engine, 6)
      engine.child.kill(signal)
      assert.equal(await engine.end, code, engine.notes())
      assert.equal(resultOf(engine.output()).end, 'interrupted')
      assert.match(engine.notes(), /trialist resume e/)
      writeFileSync(join(folder, 'go'), '')
      const resumed = run(folder, ['resume', 'e'])
      assert.equal(resumed.status, 0, resumed.notes)
      const { trials } = resultOf(resumed.output)
      assert.ok(
        trials.every(({ state, step }) => state === 'completed' && step! >= 12),
        resumed.output,
      )
      // They went on from where they stopped.
      const first = linesOf(resumed.output, 'report').find(({ trial }) => trial === 0)!
      assert.ok(Number(first['step']) > 1, JSON.stringify(first))
    })
  })
}

test('a signal twice: it ends at once, whatever its trials do, and can be resumed', { timeout: 120_000 }, async () => {
  const word = `twice-${process.pid}`
  await inFolder({}, async (folder) => {
    const line = `trap '' TERM; echo loss=1; [ -e go ] || sleep 1000; echo ${word}`
    // Neither their grace nor they themselves are over before the time-out of this test.
    const words = ['--trials', '2', '--grace', '1000', '--', 'sh', '-c', line, '{x}']
    const engine = start(folder, [...base, ...x, ...words])
    await reportsOf(engine, 2)
    engine.child.kill('SIGINT')
    await until(() => /Once more/.test(engine.notes()), engine.notes)
    engine.child.kill('SIGINT')
    assert.equal(await engine.end, 130)
    await goneWith(word)
    writeFileSync(join(folder, 'go'), '')
    assert.equal(run(folder, ['resume', 'e']).status, 0)
  })
})

test('two engines: the second is told who has the experiment', async () => {
  await inFolder({}, async (folder) => {
    const line = 'echo loss=1; until [ -e go ]; do sleep 0.05; done'
    const first = start(folder, [...base, ...x, '--trials', '2', '--', 'sh', '-c', line, '{x}'])
    await reportsOf(first, 1)
    const second = run(folder, ['resume', 'e'])
    assert.equal(second.status, 2)
    assert.match(second.notes, new RegExp(`being run by the process ${first.child.pid} `))
    assert.doesNotMatch(second.notes, /\n\s+at /)
    writeFileSync(join(folder, 'go'), '')
    assert.equal(await first.end, 0, first.notes())
  })
})

test('a full disk: reports wait, one message, and it goes on when there is space', async () => {
  const script = `
from trialist import report
def train(config):
    for step in range(300):
        report(loss=config["x"] / (1 + step), **{"m%d" % i: i / 7 for i in range(40)})
`
  const file = `full-${process.pid}.py`
  await inFolder({ [file]: script, 'e.json': experiment({ python: `${file}:train` }, 8) }, async (folder) => {
    const engine = start(folder, ['run', 'e.json', '--json'], 'ulimit -S -f 900; exec "$@"')
    await until(() => /no space/.test(engine.notes()), engine.notes)
    const before = rows(folder)
    await pause(2_500)
    assert.equal(rows(folder), before)
    assert.equal(engine.notes().match(/no space/g)!.length, 1, engine.notes())
    execFileSync('prlimit', ['--pid', String(engine.child.pid), '--fsize=unlimited'])
    for (const pid of processesWith(file)) {
      execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited'])
    }
    assert.equal(await engine.end, 0, engine.notes())
    assert.deepEqual(new Set(resultOf(engine.output()).trials.map(({ state }) => state)), new Set(['completed']))
    assert.equal(run(folder, ['verify', 'e']).status, 0)
  })
})

const script = (options: string): string => `
import { Tuner, random, uniform } from 'trialist'
let asked = 0
export default new Tuner({
  name: 'e', space: { x: uniform(0, 1) }, metric: 'loss', trials: 6, concurrency: 1,
  trainable: ({ config }) => config.x,
  ${options}
})
`

test('a searcher of the user’s that throws: the experiment pauses with that error and can be resumed', async () => {
  const own = `searcher: { ...random(), name: 'mine', create(context) {
    const inner = random().create(context)
    return { observe: (event) => inner.observe?.(event), suggest(n) {
      if (++asked > 3 && process.env.BROKEN) throw new RangeError('my mistake')
      return inner.suggest(n)
    } }
  } },`
  await inFolder({ 'tune.ts': script(own) }, (folder) => {
    const broken = run(folder, ['run', 'tune.ts'], { BROKEN: '1' })
    assert.equal(broken.status, 2, broken.notes)
    assert.match(broken.notes, /my mistake/)
    const mended = run(folder, ['resume', 'e'])
    assert.equal(mended.status, 0, mended.notes)
    assert.equal(finished(folder), 6)
  })
})

test('a logger that fails is switched off with one warning, and nothing is lost', async () => {
  const own = `callbacks: [{ name: 'mine', onReport() { throw new Error('my logger') } }],`
  await inFolder({ 'tune.ts': script(own) }, (folder) => {
    const { status, notes } = run(folder, ['run', 'tune.ts'])
    assert.equal(status, 0, notes)
    assert.equal(notes.match(/my logger/g)!.length, 1, notes)
    assert.equal(finished(folder), 6)
  })
})

test('the wall clock jumps: durations do not', async () => {
  const own = `callbacks: [{ onTrialStart({ trial }) { Date.now = () => trial % 2 ? 0 : 4e12 } }], time: 3600,`
  await inFolder({ 'tune.ts': script(own) }, (folder) => {
    const { status, notes } = run(folder, ['run', 'tune.ts'])
    assert.equal(status, 0, notes)
    const database = new DatabaseSync(join(folder, '.trialist', 'e', 'log.db'), { readOnly: true })
    const times = database.prepare('SELECT ended_ms - started_ms AS ms FROM trials').all()
    database.close()
    assert.equal(times.length, 6)
    for (const { ms } of times) assert.ok(Number(ms) >= 0 && Number(ms) < 60_000, String(ms))
  })
})

const wrong: readonly [what: string, args: readonly string[], says: RegExp][] = [
  ['an impossible space', [...base, '--param', 'x=uniform(1, 0)', '--', 'true', '{x}'], /x.*expected/s],
  ['a misspelt distribution', [...base, '--param', 'x=unifrom(0, 1)', '--', 'true', '{x}'], /uniform/],
  ['an unknown option', [...base, ...x, '--trails', '3', '--', 'true', '{x}'], /--trails/],
  ['a wrong value', [...base, ...x, '--trials', 'many', '--', 'true', '{x}'], /trials.*many/s],
  ['an unused parameter', [...base, ...x, '--', 'true'], /x/],
  ['an unknown parameter', [...base, ...x, '--', 'true', '{x}', '{y}'], /y/],
  ['a missing program', [...base, ...x, '--', './no-such-program', '{x}'], /no-such-program/],
  ['impossible resources', [...base, ...x, '--gpus', '1.5', '--', 'true', '{x}'], /1\.5/],
  ['more CPUs than there are', [...base, ...x, '--cpus', '4096', '--', 'true', '{x}'], /4096/],
  ['a missing script', ['run', 'no-such.ts'], /no-such\.ts/],
  ['a missing Python file', ['run', 'missing.json'], /no-such\.py/],
  ['an unknown command', ['rum'], /rum.*run/s],
  ['an experiment that is not there', ['resume', 'nobody'], /nobody/],
  ['a scheduler that is not there', [...base, ...x, '--scheduler', 'ahsa', '--', 'true', '{x}'], /asha/],
]

for (const [what, args, says] of wrong) {
  test(`${what}: one message, exit code 2, no stack, nothing changed`, async () => {
    await inFolder({ 'missing.json': experiment({ python: 'no-such.py:train' }, 3) }, (folder) => {
      const { status, output, notes } = run(folder, args)
      assert.equal(status, 2, output + notes)
      assert.match(notes, says)
      assert.doesNotMatch(notes, /\n\s+at /)
      assert.ok(!existsSync(join(folder, '.trialist')), 'something was made')
    })
  })
}

test('a stopper that waits for a metric that nobody reports: it says so after the first training', async () => {
  const stop = [{ name: 'metricThreshold', options: { metric: 'accurracy', above: 0.9 } }]
  const command = ['sh', '-c', 'echo loss=1 accuracy=0.5', '{x}']
  await inFolder({ 'e.json': experiment({ command }, 3, { stop }) }, (folder) => {
    const { status, notes } = run(folder, ['run', 'e.json'])
    assert.equal(status, 2, notes)
    assert.match(notes, /accurracy/)
    assert.doesNotMatch(notes, /\n\s+at /)
  })
})

test('a damaged and a foreign database: said, and left as they are', async () => {
  await inFolder({}, (folder) => {
    const command = ['sh', '-c', 'echo loss=1', '{x}']
    assert.equal(run(folder, [...base, ...x, '--trials', '40', '--', ...command]).status, 0)
    const file = join(folder, '.trialist', 'e', 'log.db')
    const bytes = readFileSync(file)
    bytes.fill(0x5a, 4096, 8192)
    writeFileSync(file, bytes)
    rmSync(`${file}-wal`, { force: true })
    for (const args of [
      ['resume', 'e', '--trials', '50'],
      ['show', 'e'],
      ['verify', 'e'],
    ]) {
      const { status, notes } = run(folder, args)
      assert.equal(status, 2, notes)
      assert.match(notes, /^trialist: .*log\.db/)
      assert.doesNotMatch(notes, /\n\s+at /)
    }
    assert.deepEqual(readFileSync(file), bytes)
    rmSync(file)
    const foreign = new DatabaseSync(file)
    foreign.exec('CREATE TABLE recipes (name TEXT)')
    foreign.close()
    const { status, notes } = run(folder, [...base, ...x, '--trials', '3', '--', ...command])
    assert.equal(status, 2, notes)
    assert.match(notes, /another SQLite database/)
  })
})

test('a folder that may not be written', async () => {
  await inFolder({}, async (folder) => {
    const fixed = join(folder, 'fixed')
    mkdirSync(fixed, { mode: 0o555 })
    chmodSync(folder, 0o755)
    // The super-user may write anywhere.
    const prefix = process.getuid!() === 0 ? 'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' : undefined
    const engine = start(fixed, [...base, ...x, '--', 'sh', '-c', 'echo loss=1', '{x}'], prefix)
    assert.equal(await engine.end, 2, engine.notes())
    assert.match(engine.notes(), /^trialist: .*fixed/)
    assert.doesNotMatch(engine.notes(), /\n\s+at /)
  })
})

function finished(folder: string): number {
  const { output, notes, status } = run(folder, ['show', 'e', '--json'])
  assert.equal(status, 0, notes)
  return (JSON.parse(output) as { trials: unknown[] }).trials.length
}

function rows(folder: string): number {
  const database = new DatabaseSync(join(folder, '.trialist', 'e', 'log.db'), { readOnly: true })
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM log').get()!['n'])
  } finally {
    database.close()
  }
}
