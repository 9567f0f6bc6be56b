import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '../..')

interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a copy of the binary beside `main` as the built command line, on a Node.js that calls itself `version`. */
function runBinary(main: string | undefined, version: string = process.versions.node): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-binary-'))
  try {
    mkdirSync(join(folder, 'dist/cli'), { recursive: true })
    cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(folder, 'version.cjs'),
      `Object.defineProperty(process.versions, 'node', { value: '${version}' })`,
    )
    if (main !== undefined) writeFileSync(join(folder, 'dist/cli/main.js'), main)
    const args = ['-r', './version.cjs', 'bin/trialist.cjs', 'show', 'all trials']
    return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the binary runs the built command line with its arguments', () => {
  const { status, stdout, stderr } = runBinary('console.log(JSON.stringify(process.argv.slice(2)))')
  assert.equal(stderr, '')
  assert.equal(stdout, '["show","all trials"]\n')
  assert.equal(status, 0)
})

for (const version of ['6.17.1', '20.20.2', '22.17.9']) {
  test(`on Node.js ${version} the binary says what it needs, what it found and how to mend it`, () => {
    const { status, stdout, stderr } = runBinary(`console.log('started')`, version)
    assert.match(stderr, /needs Node\.js 22\.18 or newer/)
    assert.ok(stderr.includes(`this is Node.js ${version} (${process.execPath})`), stderr)
    assert.match(stderr, /nodejs\.org/)
    assert.equal(stderr.trim().split('\n').length, 2)
    assert.equal(stdout, '')
    assert.equal(status, 1)
  })
}

for (const version of ['22.18.0', '23.0.0', '26.10.0']) {
  test(`on Node.js ${version} the binary starts`, () => {
    assert.equal(runBinary(`console.log('started')`, version).stdout, 'started\n')
  })
}

test('a binary without its build says so', () => {
  const { status, stderr } = runBinary(undefined)
  assert.match(stderr, /not built.*main\.js is missing/)
  assert.match(stderr, /npm run build/)
  assert.equal(status, 1)
})

test("the command line's exit code and errors come through", () => {
  assert.equal(runBinary('process.exitCode = 3').status, 3)
  const { status, stderr } = runBinary(`throw new Error('a defect')`)
  assert.match(stderr, /a defect[\s\S]*main\.js/)
  assert.equal(status, 1)
})
