import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const passing = `import { test } from 'node:test'\ntest('passes', () => {})\n`
const failing = `import { test } from 'node:test'\ntest('fails', () => { throw new Error('no') })\n`

const python = (body: string): string =>
  `import unittest\nclass Case(unittest.TestCase):\n    def test(self):\n        ${body}\n`

const all: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ type: 'module', scripts: { build: `node -e "console.log('built')"` } }),
  'src/a.test.ts': passing,
  'scripts/b.test.ts': passing,
  'python/tests/__init__.py': '',
  'python/tests/test_e.py': python('pass'),
  'test/c.test.ts': passing,
  'examples/d.test.ts': passing,
}

interface Outcome {
  readonly status: number | null
  readonly output: string
}

/** What the script for all tests does in a folder with these files; `undefined` leaves a file out. */
function runTests(files: Readonly<Record<string, string | undefined>>, ...args: readonly string[]): Outcome {
  const root = mkdtempSync(join(tmpdir(), 'trialist-test-'))
  try {
    for (const [path, text] of Object.entries({ ...all, ...files })) {
      if (text === undefined) continue
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const script = join(import.meta.dirname, 'test.ts')
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8' })
    return { status, output: stdout + stderr }
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** The closing counts of each part, such as `tests 2`. */
const counts = (output: string, what: string): number[] =>
  [...output.matchAll(new RegExp(`(?:ℹ|#) ${what} (\\d+)`, 'g'))].map((match) => Number(match[1]))

test('all parts run, the build before the last, and the closing lines of each are printed', () => {
  const { status, output } = runTests({})
  assert.deepEqual(counts(output, 'tests'), [2, 2], output)
  assert.deepEqual(counts(output, 'pass'), [2, 2], output)
  assert.match(output, /^Ran 1 test in .*\n\nOK$/m)
  assert.equal(output.match(/^built$/gm)?.length, 1)
  assert.equal(status, 0)
})

test('a failing test in Python fails the whole, and the other parts still run', () => {
  const { status, output } = runTests({ 'python/tests/test_e.py': python('self.fail()') })
  assert.deepEqual(counts(output, 'pass'), [2, 2], output)
  assert.match(output, /FAILED \(failures=1\)/)
  assert.equal(status, 1)
})

for (const path of ['src/a.test.ts', 'examples/d.test.ts']) {
  test(`a failing test in ${path} fails the whole, and the other part still runs`, () => {
    const { status, output } = runTests({ [path]: failing })
    assert.deepEqual(counts(output, 'tests'), [2, 2], output)
    assert.equal(status, 1)
  })

  test(`no test where ${path} was fails the whole and names the pattern, and all others still run`, () => {
    const { status, output } = runTests({ [path]: undefined })
    assert.ok(output.includes(`No test matches ${path.split('/')[0]}/**/*.test.ts`), output)
    assert.deepEqual(
      counts(output, 'pass').toSorted((a, b) => a - b),
      [1, 2],
      output,
    )
    assert.equal(status, 1)
  })
}

test('a failing build fails the whole', () => {
  const { status } = runTests({ 'package.json': JSON.stringify({ scripts: { build: 'node -e "process.exit(1)"' } }) })
  assert.equal(status, 1)
})

test('arguments are handed on to the runner', () => {
  const { status, output } = runTests({ 'src/a.test.ts': failing }, '--test-name-pattern=passes')
  assert.deepEqual(counts(output, 'fail'), [0, 0], output)
  assert.equal(status, 0)
})
