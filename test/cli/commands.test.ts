// The commands of the command line, on real experiments.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
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
    assert.match(output, /error: the process exited with code 3\n +the reason/)
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
    assert.equal(run(folder, ['verify', 'e']).status, 1)
    assert.match(run(folder, ['repair', 'e']).output, /4 rows, 2 of them as they were not before/)
    assert.equal(run(folder, ['verify', 'e']).status, 0)
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

test('commands that read work beside a running engine; those that write are told of it', async () => {
  await inFolder({}, async (folder) => {
    const slow = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'echo loss=1; sleep 3', '{x}']
    const engine = start(folder, [...base, '--trials', '2', '--json', ...slow])
    await until(() => engine.output().includes('"report"'), engine.notes)
    assert.match(run(folder, ['list']).output, new RegExp(`e +running \\(process ${engine.child.pid}\\)`))
    assert.match(run(folder, ['show', 'e']).output, /running/)
    assert.equal(run(folder, ['verify', 'e']).status, 0)
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

test('an experiment as data: a module', async () => {
  const module = `export const train = async ({ config, report }) => { await report({ loss: config.x }) }`
  const json = JSON.stringify({
    name: 'e',
    space: { version: 1, parameters: { x: { type: 'uniform', low: 0, high: 1 } } },
    metric: 'loss',
    trials: 3,
    searcher: { name: 'tpe', options: {} },
    trainable: { module: 'train.ts', export: 'train' },
  })
  await inFolder({ 'train.ts': module, 'e.json': json, 'f.json': json.replace('"trials"', '"trails"') }, (folder) => {
    assert.equal(resultOf(run(folder, ['run', 'e.json', '--json']).output).trials.length, 3)
    assert.match(run(folder, ['run', 'f.json']).notes, /trails.*Did you mean trials\?/)
  })
})

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
