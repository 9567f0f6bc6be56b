// The commands of the command line, on real experiments.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { inFolder, linesOf, resultOf, run, start, until } from '../faults/cli.ts'

const base = ['run', '--name', 'e', '--metric', 'loss', '--seed', '1', '--concurrency', '2']
const command = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'echo loss=$1 other=2', 'sh', '{x}']

/** A folder with a finished experiment of four trials. */
async function withExperiment(body: (folder: string) => Promise<void> | void): Promise<void> {
  await inFolder({}, async (folder) => {
    const { status, notes } = run(folder, [...base, '--trials', '4', ...command])
    assert.equal(status, 0, notes)
    await body(folder)
  })
}

test('help and version', async () => {
  await inFolder({}, (folder) => {
    const { output } = run(folder, ['--help'])
    for (const name of ['run', 'resume', 'list', 'show', 'export', 'verify', 'repair', 'doctor']) {
      assert.match(output, new RegExp(`trialist ${name} `))
      assert.match(run(folder, [name, '--help']).output, new RegExp(`^trialist ${name}`))
    }
    assert.match(run(folder, ['--version']).output, /^\d+\.\d+\.\d+\n$/)
  })
})

test('list and show: what there is, with each trial once', async () => {
  await withExperiment((folder) => {
    assert.match(run(folder, ['list']).output, /^name .*\ne +finished +4 /)
    const [line] = JSON.parse(run(folder, ['list', '--json']).output) as { name: string; completed: number }[]
    assert.deepEqual([line!.name, line!.completed], ['e', 4])
    const text = run(folder, ['show', 'e']).output
    assert.match(text, /4 completed, 0 stopped early, 0 failed/)
    assert.match(text, /best: trial \d, loss \S+ {2}x=/)
    const shown = JSON.parse(run(folder, ['show', 'e', '--json']).output) as { trials: { number: number }[] }
    assert.deepEqual(
      shown.trials.map(({ number }) => number),
      [0, 1, 2, 3],
    )
    const one = run(folder, ['show', 'e', '--trial', '2']).output
    assert.match(one, /^trial 2 of e: completed/)
    assert.match(one, /step +attempt +loss +other\n/)
    const { output } = run(folder, ['show', 'e', '--trial', '2', '--json'])
    const { number, config, history, ...rest } = JSON.parse(output) as {
      number: number
      config: { x: number }
      history: unknown
      output: string
    }
    assert.equal(number, 2)
    assert.deepEqual(history, [{ step: 1, attempt: 1, metrics: { loss: config.x, other: 2 } }])
    assert.equal(rest.output, `loss=${config.x} other=2`)
  })
})

test('list and show select rows and columns', async () => {
  await withExperiment((folder) => {
    run(folder, ['run', '--name', 'f', '--metric', 'loss', '--seed', '2', '--trials', '2', ...command])
    const lines = (...args: string[]): string[][] => {
      const { status, output, notes } = run(folder, args)
      assert.equal(status, 0, notes)
      return output
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().split(/ +/))
    }
    assert.deepEqual(lines('list', '--columns', 'name,trials', '--sort', 'trials'), [
      ['name', 'trials'],
      ['f', '2'],
      ['e', '4'],
    ])
    assert.deepEqual(lines('list', '--columns', 'name', '--filter', 'trials >= 3', '--filter', 'state==finished'), [
      ['name'],
      ['e'],
    ])
    assert.deepEqual(lines('list', '--columns', 'name', '--filter', 'name!=f', '--filter', 'trials<3'), [['name']])

    const trials = JSON.parse(run(folder, ['show', 'e', '--json']).output) as {
      trials: { number: number; score: number }[]
    }
    const best = trials.trials.toSorted((a, b) => a.score - b.score).map(({ number }) => String(number))
    const shown = lines('show', 'e', '--sort', 'x', '--columns', 'trial,metrics.loss,x')
    assert.deepEqual(
      shown.map(([trial]) => trial),
      ['trial', ...best],
    )
    assert.ok(shown.slice(1).every(([, loss, x]) => loss === x))
    assert.deepEqual(lines('show', 'e', '--sort', 'loss', '--desc', '--limit', '1', '--columns', 'trial'), [
      ['trial'],
      [best[3]],
    ])
    const bound = trials.trials.find(({ number }) => String(number) === best[1])!.score
    const few = JSON.parse(run(folder, ['show', 'e', '--json', '--filter', `score<=${bound}`]).output) as typeof trials
    assert.deepEqual(new Set(few.trials.map(({ number }) => String(number))), new Set(best.slice(0, 2)))
    assert.match(run(folder, ['show', 'e', '--limit', '1']).output, /4 completed.*\n\ntrial .*\n.*$/s)
  })
})

test('a failed trial is shown with the last of its output', async () => {
  await inFolder({}, (folder) => {
    run(folder, [
      ...base,
      '--trials',
      '1',
      '--param',
      'x=uniform(0, 1)',
      '--',
      'sh',
      '-c',
      'echo the reason; exit 3',
      '{x}',
    ])
    const { output } = run(folder, ['show', 'e', '--trial', '0'])
    assert.match(output, /error: the process exited with code 3: the reason\n +the reason/)
  })
})

test('export: trials or reports, as CSV or JSON lines, to a file', async () => {
  await withExperiment((folder) => {
    const csv = run(folder, ['export', 'e']).output.trimEnd().split('\r\n')
    assert.equal(csv.length, 5)
    assert.match(csv[0]!, /^trial,state,.*config\.x,.*metrics\.loss,metrics\.other/)
    assert.equal(run(folder, ['export', 'e', '--format', 'jsonl', '--output', 'out.jsonl']).output, '')
    const rows = readFileSync(join(folder, 'out.jsonl'), 'utf8').trimEnd().split('\n')
    assert.deepEqual(
      rows.map((row) => (JSON.parse(row) as { trial: number }).trial),
      [0, 1, 2, 3],
    )
    assert.match(run(folder, ['export', 'e', '--reports']).output, /^trial,attempt,step/)
    assert.equal(run(folder, ['export', 'e', '--format', 'xml']).status, 2)
  })
})

test('repair: a table that was changed is made anew from the log', async () => {
  await withExperiment((folder) => {
    assert.match(run(folder, ['repair', 'e']).output, /nothing was changed/)
    const database = new DatabaseSync(join(folder, '.trialist', 'e', 'log.db'))
    database.exec('UPDATE trials SET score = 9 WHERE number = 1; DELETE FROM trials WHERE number = 3')
    database.close()
    const before = run(folder, ['verify', 'e'])
    assert.equal(before.status, 1)
    assert.match(before.output, /the first difference is at event \d+ of \d+\.\n +recorded: .*,9,.*\n +recomputed: /)
    assert.match(run(folder, ['repair', 'e']).output, /4 rows, 2 of them as they were not before/)
    const after = run(folder, ['verify', 'e'])
    assert.deepEqual([after.status, after.notes], [0, ''])
    assert.match(after.output, /^e: \d+ events of 4 trials follow from one another\.\n$/)
    const more = new DatabaseSync(join(folder, '.trialist', 'e', 'log.db'))
    more.exec('UPDATE trials SET number = 9 WHERE number = 3')
    more.close()
    const { output } = run(folder, ['repair', 'e'])
    assert.match(output, /4 rows, 1 of them as they were not before; 1 of no trial is gone\.$/m)
    assert.match(run(folder, ['repair', 'e']).output, /nothing was changed/)
  })
})

test('resume: more trials in total, then nothing left to do', async () => {
  await withExperiment((folder) => {
    assert.equal(run(folder, ['resume', 'e', '--trials', '6', '--json']).status, 0)
    const again = run(folder, ['resume', 'e', '--json'])
    assert.equal(resultOf(again.output).trials.length, 6)
    assert.deepEqual(linesOf(again.output, 'report'), [])
    assert.equal(run(folder, ['verify', 'e']).status, 0)
  })
})

for (const totals of [
  ['--time', '0.3'],
  ['--trials', '2'],
]) {
  test(`resume: more running time in total, of an experiment with ${totals.join(' ')}`, async () => {
    const slow = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'sleep 0.1; echo loss={x}']
    await inFolder({}, (folder) => {
      assert.equal(run(folder, [...base, ...totals, ...slow]).status, 0)
      const [{ seconds }] = JSON.parse(run(folder, ['list', '--json']).output) as [{ seconds: number }]
      const total = Math.ceil(seconds + 0.5)
      const again = run(folder, ['resume', 'e', '--time', String(total), '--trials', '100000', '--json'])
      assert.equal(again.status, 0, again.notes)
      assert.match(resultOf(again.output).halted!, /time/)
      assert.ok(linesOf(again.output, 'end').length > 0, again.output)
      const shown = JSON.parse(run(folder, ['show', 'e', '--json']).output) as {
        budget: { timeMs: number; trials: number }
        seconds: number
      }
      assert.deepEqual([shown.budget.timeMs, shown.budget.trials], [1000 * total, 100_000])
      assert.ok(shown.seconds >= total, `${shown.seconds}`)
      assert.equal(run(folder, ['verify', 'e']).status, 0)
    })
  })
}

test('commands that read work beside a running engine; one that would run it is told of it', async () => {
  await inFolder({}, async (folder) => {
    const line = 'echo loss=1; until [ -e go ]; do sleep 0.05; done'
    const slow = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', line, '{x}']
    const engine = start(folder, [...base, '--trials', '2', '--json', ...slow])
    await until(() => engine.output().includes('"report"'), engine.notes)
    assert.match(run(folder, ['list']).output, new RegExp(`e +running \\(process ${engine.child.pid}\\)`))
    assert.match(run(folder, ['show', 'e']).output, /running/)
    assert.match(run(folder, ['show', 'e', '--trial', '0']).output, /^trial 0 of e: running/)
    assert.match(run(folder, ['export', 'e', '--reports']).output, /^0,1,1,1\r$/m)
    assert.equal(run(folder, ['verify', 'e']).status, 0)
    const second = run(folder, ['resume', 'e'])
    assert.deepEqual([second.status, second.output], [2, ''])
    assert.match(second.notes, new RegExp(`is being run by the process ${engine.child.pid}`))
    writeFileSync(join(folder, 'go'), '')
    assert.equal(await engine.end, 0, engine.notes())
  })
})

test('doctor finds what is needed here', async () => {
  await inFolder({}, (folder) => {
    const { status, output } = run(folder, ['doctor', '--json'])
    const found = new Map(
      (JSON.parse(output) as { what: string; state: string }[]).map(({ what, state }) => [what, state]),
    )
    assert.equal(status, 0, output)
    for (const what of ['node', 'sqlite', 'machine', 'python', 'folder']) assert.equal(found.get(what), 'ok', output)
    assert.match(run(folder, ['doctor'], { TRIALIST_PYTHON: '/nowhere' }).output, /warn +python +.*\/nowhere/)
  })
})

test('doctor: a place where experiments can not be is a failure', async () => {
  await inFolder({ file: '' }, async (folder) => {
    const inFile = run(folder, ['doctor', '--root', 'file'])
    assert.equal(inFile.status, 1)
    assert.match(inFile.output, /^fail +folder +.*file is a file; experiments are kept in /m)
    mkdirSync(join(folder, 'fixed'), { mode: 0o555 })
    chmodSync(folder, 0o755)
    // The super-user may write anywhere.
    const prefix = process.getuid!() === 0 ? 'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' : undefined
    const doctor = start(folder, ['doctor', '--root', 'fixed/runs', '--json'], prefix)
    assert.equal(await doctor.end, 1, doctor.notes())
    const found = JSON.parse(doctor.output()) as { what: string; state: string; text: string }[]
    const failed = found.filter(({ state }) => state === 'fail')
    assert.deepEqual(
      failed.map(({ what }) => what),
      ['folder'],
    )
    assert.match(failed[0]!.text, /fixed can't be written; .*--root/)
  })
})

test('quiet: nothing but where it is and how to go on', async () => {
  await inFolder({}, (folder) => {
    const { output, notes } = run(folder, [...base, '--trials', '3', '--quiet', ...command])
    assert.equal(output, '')
    assert.deepEqual(
      notes
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
      ['Running', 'Resume'],
    )
  })
})

test('quiet: warnings are still said', async () => {
  await inFolder({}, (folder) => {
    const backwards = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'echo step=5 loss={x}; echo step=3 loss={x}']
    const { output, notes } = run(folder, [...base, '--trials', '1', '--quiet', ...backwards])
    assert.equal(output, '')
    assert.match(notes, /^Running .*\nResume .*\nWarning: A report of trial 0 had step 3.*\n$/)
    const resumed = run(folder, ['resume', 'e', '--trials', '2', '--quiet'])
    assert.match(resumed.notes, /^Resuming .*\nResume .*\nWarning: A report of trial 1.*\n$/)
  })
})

test('JSON lines: the start, reports, warnings, ends, and the result as the last', async () => {
  await inFolder({}, (folder) => {
    const backwards = [
      '--param',
      'x=uniform(0, 1)',
      '--',
      'sh',
      '-c',
      'echo step=5 loss={x} acc=nan; echo step=3 loss=-inf',
    ]
    const { output, status } = run(folder, [...base, '--trials', '1', '--json', ...backwards])
    assert.equal(status, 0)
    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown> & { type: string })
    assert.deepEqual(lines[0], { type: 'started', name: 'e', location: '.trialist/e/log.db', resumed: false })
    const reports = linesOf(output, 'report')
    assert.deepEqual(
      reports.map(({ trial, attempt, step }) => [trial, attempt, step]),
      [
        [0, 1, 5],
        [0, 1, 3],
      ],
    )
    assert.equal((reports[0]!['metrics'] as { acc: unknown }).acc, 'NaN')
    assert.deepEqual(reports[1]!['metrics'], { loss: '-Infinity' })
    assert.match(String(linesOf(output, 'warning')[0]!['message']), /^A report of trial 0 had step 3/)
    const [end] = linesOf(output, 'end')
    assert.deepEqual([end!['trial'], end!['state'], end!['error']], [0, 'completed', null])
    const { type, name, end: how, halted, best, trials } = resultOf(output)
    assert.deepEqual([type, name, how, halted, best, trials.length], ['result', 'e', 'finished', null, 0, 1])
    assert.equal(
      lines.findIndex((line) => line.type === 'result'),
      lines.length - 1,
    )
  })
})

test('a TypeScript file outside of any project', async () => {
  const file = `import { Tuner, uniform } from 'trialist'
export default new Tuner({ name: 'e', space: { x: uniform(0, 1) }, metric: 'loss', trials: 3, trainable: ({ config }) => config.x })`
  await inFolder({ 'tune.ts': file }, (folder) => {
    assert.equal(resultOf(run(folder, ['run', 'tune.ts', '--json']).output).trials.length, 3)
    assert.equal(run(folder, ['resume', 'e', '--trials', '5']).status, 0)
    assert.match(run(folder, ['list']).output, /e +finished +5 /)
  })
})

const broken: readonly [what: string, name: string, text: string, says: RegExp][] = [
  ['an enum', 'a.ts', 'export enum A { B }', /enums/],
  [
    'a type imported as a value',
    'a.ts',
    `import { Options } from 'trialist'\nexport default 1 as unknown as Options<any, any>`,
    /import type/,
  ],
  ['a missing package', 'a.ts', `import 'no-such-package'`, /Install it/],
  ['no default export', 'a.ts', 'export const a = 1', /export default new Tuner/],
  ['another default export', 'a.ts', 'export default 7', /a Tuner.*received 7/s],
  ['another kind of file', 'a.tsx', 'export default 7', /\.ts/],
]

for (const [what, name, text, says] of broken) {
  test(`${what} in a file: one message that says what to do`, async () => {
    await inFolder({ [name]: text }, (folder) => {
      const { status, notes } = run(folder, ['run', name])
      assert.equal(status, 2, notes)
      assert.match(notes, says)
      assert.doesNotMatch(notes, /\n\s+at /)
    })
  })
}

const trainables: readonly [what: string, trainable: object][] = [
  ['a command', { command: ['echo', 'loss={x}'] }],
  ['a function in Python', { python: 'train.py:train' }],
  ['a function in TypeScript', { module: 'train.ts', export: 'train' }],
]
const functions = {
  'train.ts': `export const train = async ({ config, report }) => { await report({ loss: config.x }) }`,
  'train.py': `from trialist import report\ndef train(config): report(loss=config["x"])\n`,
}

for (const [what, trainable] of trainables) {
  test(`an experiment as data: ${what}`, async () => {
    const json = JSON.stringify({
      name: 'e',
      space: { version: 1, parameters: { x: { type: 'uniform', low: 0, high: 1 } } },
      metric: 'loss',
      trials: 3,
      searcher: { name: 'tpe', options: {} },
      trainable,
    })
    await inFolder({ ...functions, 'e.json': json, 'f.json': json.replace('"trials"', '"trails"') }, (folder) => {
      const { output, notes } = run(folder, ['run', 'e.json', '--json'])
      const { trials } = resultOf(output)
      assert.equal(trials.filter(({ state }) => state === 'completed').length, 3, notes)
      assert.match(run(folder, ['run', 'f.json']).notes, /trails.*Did you mean trials\?/)
    })
  })
}

test('another folder for experiments', async () => {
  await inFolder({}, (folder) => {
    mkdirSync(join(folder, 'real'))
    symlinkSync('real', join(folder, 'runs'))
    writeFileSync(join(folder, 'x'), '')
    assert.equal(run(folder, [...base, '--root', 'runs', '--trials', '2', ...command]).status, 0)
    assert.match(run(folder, ['list', '--root', 'runs']).output, /e +finished/)
    assert.equal(run(folder, ['resume', 'e', '--root', 'runs', '--trials', '3']).status, 0)
  })
})
