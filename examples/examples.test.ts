// Every example runs as its reader would run it, against the built package.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('a conditional space', () => {
  const { output } = run('conditional-space.ts')
  const error = Number(/^error (\S+) with/m.exec(output)?.[1])
  assert.ok(error < 0.25, output)
})

test('a noisy objective: near the optimum with less than all measurements', () => {
  const { output } = run('noisy-objective.ts')
  const [, x, y] = /x = (\S+), y = (\S+),/.exec(output)!.map(Number)
  assert.ok(Math.hypot(x! - 1, y! + 2) < 1.5, output)
  const [, measured, all] = /^(\d+) measurements instead of (\d+)/m.exec(output)!.map(Number)
  assert.ok(measured! < 0.8 * all!, output)
})

test('a bound, noise, known results, and a second experiment that learns from the first', () => {
  const { output } = run('bounded.ts')
  assert.match(output, /^Learning from fast: 61 of its 61 trials by error \(min\)/m)
  for (const [name, widest] of [
    ['fast', 180],
    ['slow', 80],
  ] as const) {
    const found = new RegExp(`^${name}: width (\\d+), .* error (\\S+) ± \\S+, \\S+ ms, within the bound`, 'm').exec(
      output,
    )
    assert.ok(found !== null && Number(found[1]) <= widest && Number(found[2]) < 0.08, output)
  }
})

test('two objectives: a front, of which the best that is fast enough is chosen', () => {
  const { output } = run('two-objectives.ts')
  const [, size] = /^(\d+) of 400 trials are on the front/.exec(output)!.map(Number)
  const [, volume] = /^volume (\S+)/m.exec(output)!.map(Number)
  const [, error] = /^within 5 ms: error (\S+) by/m.exec(output)!.map(Number)
  assert.ok(size! > 20 && volume! > 13 && error! < 0.06, output)
})

test('trials that failed are tried again in a later session', () => {
  const { output } = run('failed-trials.ts')
  assert.match(output, /^3 of \d+ trials failed: Error: the service does not answer$/m)
  const [, failed, batch] = /^(\d+) failed; best: a batch of (\d+)$/m.exec(output)!.map(Number)
  assert.equal(failed, 0, output)
  assert.ok(Math.abs(batch! - 40) <= 4, output)
})

test('checkpoints: nothing that one holds is done again', () => {
  const { output } = run('checkpoints.ts')
  assert.match(output, /^528 epochs instead of 768,/)
  const [, slope, offset] = /y = (\S+) x \+ (\S+),/.exec(output)!.map(Number)
  assert.ok(Math.abs(slope! - 3) < 0.2 && Math.abs(offset! + 1) < 0.2, output)
})

test('a population: weights are taken over, and the schedule gives the same network again', () => {
  const { output } = run('population.ts')
  const [accuracy, again] = [...output.matchAll(/accuracy (\S+)/g)].map(([, found]) => Number(found))
  assert.ok(accuracy! > 0.93, output)
  assert.equal(again, accuracy, output)
  assert.ok(output.split('\n').filter((line) => line.startsWith('  epochs')).length > 1, output)
})

test('a simulation: schedulers compared over days of training that pass in an instant', () => {
  const { output } = run('simulate.ts')
  const rows = [...output.matchAll(/^(\w+): (\S+) h, (\d+) epochs, (\d+) more attempts, loss (\S+)$/gm)]
  const [fifo, median, asha, revival] = rows.map((row) => row.slice(2).map(Number))
  assert.equal(rows.length, 4, output)
  assert.equal(fifo![1], 60 * 27, output)
  assert.ok(fifo![2]! > 0, 'machines were taken away')
  assert.ok(asha![0]! < 0.6 * fifo![0]! && asha![1]! < 0.6 * fifo![1] && median![1]! < fifo![1], output)
  assert.ok(asha![3]! < fifo![3]! + 0.05, output)
  assert.ok(revival![2]! > asha![2]! && revival![1]! < 0.6 * fifo![1] && revival![3]! < fifo![3]! + 0.05, output)
})

test('promotion: paused networks go on, and nothing is trained twice', () => {
  const { output } = run('promotion.ts')
  const [, epochs, all, whole] = /^(\d+) epochs instead of (\d+): (\d+) networks/m.exec(output)!.map(Number)
  assert.ok(epochs! < 0.4 * all! && whole! >= 1 && whole! <= 6, output)
  assert.ok(Number(/accuracy (\S+)/.exec(output)![1]) > 0.92, output)
})

test('the digits: tuned beats the defaults on images that the tuner never saw', () => {
  const { output, notes } = run('digits.ts')
  const [, defaults] = /defaults\s+(\S+) %/.exec(output)!.map(Number)
  const [, tuned] = /tuned\s+(\S+) %/.exec(output)!.map(Number)
  assert.ok(tuned! > 95 && tuned! > defaults! + 5, output)
  assert.match(notes, /Resume with: TRIALIST_RESUME=digits-\w+ node .*digits\.ts/)
  assert.match(output, /the log: \.trialist\/digits-\w+\/log\.db/)
})

test('a Python script that has never heard of a tuner', () => {
  const { best, trials } = tuneCommand(
    ['--param', 'C=loguniform(1e-3,1e3)', '--param', 'lr=loguniform(1e-4,1)'],
    ['python3', unchanged('train.py'), '--C', '{C}', '--lr', '{lr}'],
  )
  assert.ok(trials[best]!.score > 0.85, JSON.stringify(trials))
  for (const { state, step } of trials) assert.deepEqual([state, step], ['completed', 3])
})

test('a shell script', () => {
  const { best, trials } = tuneCommand(
    ['--param', 'lr=loguniform(1e-4,10)'],
    ['sh', unchanged('train.sh'), '{lr}', '2'],
  )
  assert.ok(trials[best]!.score > 0.91, JSON.stringify(trials))
  for (const { state, step } of trials) assert.deepEqual([state, step], ['completed', 2])
})

test('a program of the system: the best pixel and threshold that tell a zero', () => {
  const rule = '{ right += ($pixel < threshold) == ($65 == 0) } END { print "accuracy=" right / NR }'
  const data = fileURLToPath(new URL('data/optdigits.csv', import.meta.url))
  const { best, trials } = tuneCommand(
    ['--param', 'pixel=int(1,64)', '--param', 'threshold=int(1,16)'],
    ['awk', '-F,', '-v', 'pixel={pixel}', '-v', 'threshold={threshold}', rule, data],
  )
  // Those who always say no are right for nine in ten.
  assert.ok(trials[best]!.score > 0.85, JSON.stringify(trials))
  assert.ok(trials.every(({ state }) => state === 'completed'))
})

interface Tuned {
  readonly best: number
  readonly trials: readonly { readonly state: string; readonly score: number; readonly step: number }[]
}

/** 20 trials of a command, by the command line. */
function tuneCommand(options: readonly string[], command: readonly string[]): Tuned {
  const common = ['run', '--metric', 'accuracy', '--mode', 'max', '--trials', '20', '--seed', '1'].concat(
    // One after the other, so that the seed alone decides what is tried.
    ['--concurrency', '1', '--json'],
  )
  const cli = fileURLToPath(new URL('../bin/trialist.cjs', import.meta.url))
  const { output } = start([cli, ...common, ...options, '--', ...command])
  const result = JSON.parse(output.trim().split('\n').at(-1)!) as Tuned
  assert.equal(result.trials.length, 20)
  return result
}

function unchanged(name: string): string {
  return fileURLToPath(new URL(`unchanged/${name}`, import.meta.url))
}

function run(example: string): { output: string; notes: string } {
  return start([fileURLToPath(new URL(example, import.meta.url))])
}

/** Runs Node.js in a folder of its own. */
function start(args: readonly string[]): { output: string; notes: string } {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-example-'))
  const { NODE_TEST_CONTEXT: _context, npm_lifecycle_event: _script, ...env } = process.env
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return { output: stdout, notes: stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
