// Broken pipes, full disks, damaged logs and files that can't be loaded: one message, and nothing else suffers.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { inFolder, run, start, until } from '../faults/cli.ts'
import { binary } from './terminal.ts'

const base = ['run', '--name', 'e', '--metric', 'loss', '--seed', '1']
const quick = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'echo loss={x}']

function withExperiment(body: (folder: string) => void): Promise<void> {
  return inFolder({}, (folder) => {
    const { status, notes } = run(folder, [...base, '--trials', '4', ...quick])
    assert.equal(status, 0, notes)
    body(folder)
  })
}

/** Runs a line of a shell in which "$@" is the command line. */
function shell(folder: string, line: string, args: readonly string[]): { status: number | null; stderr: string } {
  const words = ['-c', line, 'bash', process.execPath, binary, ...args]
  return spawnSync('bash', words, { cwd: folder, encoding: 'utf8', timeout: 60_000 })
}

function change(folder: string, name: string, sql: string): void {
  const database = new DatabaseSync(join(folder, '.trialist', name, 'log.db'))
  database.exec(sql)
  database.close()
}

test('a reader that has enough ends no experiment and is no error', async () => {
  await inFolder({}, (folder) => {
    const piped = shell(folder, '"$@" | head -1; exit ${PIPESTATUS[0]}', [
      ...base,
      '--trials',
      '30',
      '--json',
      ...quick,
    ])
    assert.equal(piped.status, 0, piped.stderr)
    const { trials } = JSON.parse(run(folder, ['show', 'e', '--json']).output) as { trials: unknown[] }
    assert.equal(trials.length, 30)
    const exported = shell(folder, '"$@" | head -1; exit ${PIPESTATUS[0]}', ['export', 'e', '--reports'])
    assert.deepEqual([exported.status, exported.stderr], [0, ''])
  })
})

test('an export that can not be written: one message and exit code 2', { skip: !existsSync('/dev/full') }, async () => {
  await withExperiment((folder) => {
    const full = shell(folder, '"$@" > /dev/full', ['export', 'e'])
    assert.equal(full.status, 2)
    assert.match(full.stderr, /^trialist: .*ENOSPC[^\n]*\n$/)
    const { status, notes } = run(folder, ['export', 'e', '--output', 'no/such/folder.csv'])
    assert.equal(status, 2)
    assert.match(notes, /^trialist: .*no\/such\/folder\.csv'\.\n$/)
  })
})

test('a damaged experiment does not hide the others', async () => {
  await withExperiment((folder) => {
    cpSync(join(folder, '.trialist', 'e'), join(folder, '.trialist', 'bad'), { recursive: true })
    change(folder, 'bad', `UPDATE log SET body = replace(body, '0.', '1.') WHERE seq = 3`)
    mkdirSync(join(folder, '.trialist', 'noise'))
    writeFileSync(join(folder, '.trialist', 'noise', 'log.db'), 'x'.repeat(8192))
    const { status, output } = run(folder, ['list'])
    assert.equal(status, 0)
    assert.match(output, /^e +finished +4 /m)
    assert.match(output, /^bad +unreadable$/m)
    assert.match(output, /^bad: .*is damaged/m)
    assert.match(output, /^noise +unreadable$/m)
    const lines = JSON.parse(run(folder, ['list', '--json']).output) as { name: string; error?: string }[]
    assert.deepEqual(
      lines.map(({ name, error }) => [name, error === undefined]),
      [
        ['bad', false],
        ['e', true],
        ['noise', false],
      ],
    )
  })
})

test('repair makes a table anew that is gone, and waits for nobody who runs the experiment', async () => {
  await withExperiment((folder) => {
    change(folder, 'e', 'DROP TABLE trials')
    assert.match(run(folder, ['show', 'e']).output, /4 completed/)
    assert.match(run(folder, ['repair', 'e']).output, /could not be read, was made anew: 4 rows/)
    assert.equal(run(folder, ['verify', 'e']).status, 0)
  })
  await inFolder({}, async (folder) => {
    const slow = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'echo loss={x}; sleep 20']
    const engine = start(folder, [...base, '--trials', '2', '--json', ...slow])
    await until(() => engine.output().includes('"report"'), engine.notes)
    const { status, notes } = run(folder, ['repair', 'e'])
    assert.equal(status, 2)
    assert.match(notes, new RegExp(`is being run by the process ${engine.child.pid}`))
    engine.child.kill('SIGTERM')
    await engine.end
  })
})

const unloadable: readonly [what: string, name: string, text: string, says: RegExp][] = [
  ['TypeScript that is none', 'a.ts', 'const a = 1\nexport default {', /^trialist: a\.ts can't be loaded: .*a\.ts:2\)/],
  ['JavaScript that is none', 'a.mjs', 'export default {', /^trialist: a\.mjs can't be loaded: .*node --check a\.mjs/],
  ['a module of ours that is none', 'a.ts', `import 'trialist/tesing'`, /Did you mean trialist\/testing\?/],
  ['an empty file', 'a.ts', '', /received no default export/],
]

for (const [what, name, text, says] of unloadable) {
  test(`${what}: one message without a stack`, async () => {
    await inFolder({ [name]: text }, (folder) => {
      const { status, notes } = run(folder, ['run', name])
      assert.equal(status, 2)
      assert.match(notes, says)
      assert.doesNotMatch(notes, /\n\s+at /)
    })
  })
}

test('an error of the user’s file shows where it was thrown', async () => {
  await inFolder({ 'a.ts': `const a: unknown = null\nthrow new RangeError('mine')` }, (folder) => {
    const { status, notes } = run(folder, ['run', 'a.ts'])
    assert.equal(status, 2)
    assert.match(notes, /^trialist: RangeError: mine\n\s+at .*a\.ts:2/)
  })
})

test('a Tuner of another copy of the package is one too, and an unnamed one is named after its file', async () => {
  const index = new URL('../../src/index.ts', import.meta.url).href
  const text = `import { Tuner, uniform } from '${index}'
export default new Tuner({ space: { x: uniform(0, 1) }, metric: 'loss', trials: 2, trainable: ({ config }) => config.x })`
  await inFolder({ 'copy.ts': text }, (folder) => {
    const { status, notes } = run(folder, ['run', 'copy.ts'])
    assert.equal(status, 0, notes)
    assert.match(notes, /^Running copy-\w+:.*\nResume with: trialist resume copy-\w+\n/)
  })
})

const wrong: readonly [args: readonly string[], says: RegExp][] = [
  [['constructor'], /there is no such command.*received "constructor"/],
  [['--verison'], /Did you mean --version\?/],
  [['help', 'lsit'], /Did you mean list\?/],
  [['list', '--jsno'], /has no option --jsno.*Did you mean --json\?/],
  [['run', '--no-stdout-report', '--', 'true'], /Did you mean --no-stdout-reports\?/],
  [['list', 'one'], /expected no names, received one/],
  [['doctor', 'now'], /expected no names, received now/],
  [['show'], /expected the name of one experiment, received none/],
  [['show', 'e', '--trial', '-1'], /--trial: expected a value.*--trial=-1/],
  [['show', 'e', '--trial=9'], /there is no trial 9: expected 0 to 3/],
  [['show', 'e', '--sort', 'scroe'], /there is no column scroe: expected trial, .*config\.x.*Did you mean score\?/],
  [['show', 'e', '--filter', 'loss'], /--filter: expected a column.*'loss<0\.5', received loss/],
  [['show', 'e', '--filter', 'loss<low'], /--filter: metrics\.loss: expected a number, received low/],
  [['list', '--limit', '0'], /--limit/],
  [['list', '--json', '--columns', 'name'], /--columns goes with a table/],
  [['show', 'f'], /there is no experiment f.*Did you mean e\?/],
  [['run', '.trialist'], /"\.trialist", which is a folder/],
  [['run', 'a.ts', '--searcher', 'tpe', '--seed', '1'], /a\.ts with --searcher, --seed/],
  [[...base, ...quick], /there is an experiment e already/],
]

test('wrong calls: one line, exit code 2, the nearest name', async () => {
  await withExperiment((folder) => {
    for (const [args, says] of wrong) {
      const { status, output, notes } = run(folder, args)
      assert.equal(status, 2, args.join(' '))
      assert.equal(output, '')
      assert.match(notes, /^trialist: [^\n]+\n$/, args.join(' '))
      assert.match(notes, says)
    }
  })
})
