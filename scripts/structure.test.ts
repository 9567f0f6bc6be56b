import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { violationsIn } from './structure.ts'
import type { Overrides } from './structure.ts'

/** A tree without a violation, to which each test adds what it is about. */
const clean: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    bin: { trialist: 'bin/trialist.cjs' },
    exports: { '.': './dist/index.js', './testing': './dist/testing/index.js', './package.json': './package.json' },
  }),
  'bin/trialist.cjs': `import('../dist/cli/main.js')\n`,
  'src/index.ts': `export { start } from './tune.ts'\n`,
  'src/tune.ts': `import { half } from './base/half.ts'\nexport const start = (): number => half(2)\n`,
  'src/base/half.ts': 'export function half(n: number): number {\n  return n / 2\n}\n',
  'src/testing/index.ts': `export { start as begin } from '../tune.ts'\n`,
  'src/cli/main.ts': `import { start } from '../tune.ts'\nstart()\n`,
  'src/worker.ts': `export {}\n`,
  'src/bridge/searcher-thread.ts': `export {}\n`,
  'src/bridge/engines/server-thread.ts': `export {}\n`,
}

/** The violations in the clean tree with `files` on top, as `rule file:line`. */
function check(files: Readonly<Record<string, string>>, overrides?: Overrides): string[] {
  return violations(files, overrides).map(({ rule, file, line }) => `${rule} ${file}:${line}`)
}

function violations(files: Readonly<Record<string, string>>, overrides?: Overrides): ReturnType<typeof violationsIn> {
  const root = mkdtempSync(join(tmpdir(), 'structure-'))
  try {
    for (const [path, text] of Object.entries({ ...clean, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    execFileSync('git', ['init', '-q'], { cwd: root })
    execFileSync('git', ['add', '-A'], { cwd: root })
    return violationsIn(root, overrides)
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** An import for its effects: it makes a file reachable and uses no name. */
const take = (...paths: readonly string[]): string => paths.map((path) => `import '${path}'\n`).join('')

const lines = (count: number): string => '  void 0\n'.repeat(count)

test('a clean tree has no violation', () => {
  assert.deepEqual(check({}), [])
})

describe('layers', () => {
  test('a folder may import what the table lists, and itself', () => {
    const files = {
      'src/cli/main.ts': take('../search/a.ts', '../store/b.ts', '../bridge/c.ts', '../executor/process/d.ts'),
      'src/search/a.ts': take('../space/e.ts', './f.ts'),
      'src/search/f.ts': '',
      'src/space/e.ts': take('../base/half.ts'),
      'src/store/b.ts': take('../search/f.ts'),
      'src/bridge/c.ts': take('../executor/process/d.ts'),
      'src/executor/process/d.ts': '',
    }
    assert.deepEqual(check(files), [])
  })

  test('an upward and a sideways import are reported where they stand', () => {
    const files = {
      'src/cli/main.ts': take('../space/e.ts', '../search/a.ts', '../executor/pool.ts'),
      'src/space/e.ts': `\n${take('../search/b.ts')}`,
      'src/search/a.ts': take('../stop/c.ts'),
      'src/search/b.ts': '',
      'src/stop/c.ts': '',
      'src/executor/pool.ts': `export { stores } from '../store/b.ts'`,
      'src/store/b.ts': 'export const stores = 1',
    }
    const expected = ['layers src/executor/pool.ts:1', 'layers src/search/a.ts:1', 'layers src/space/e.ts:2']
    assert.deepEqual(
      check(files).filter((line) => !line.startsWith('dead')),
      expected,
    )
  })

  test('types of layer 3 come by import type alone', () => {
    const files = (how: string): Record<string, string> => ({
      'src/cli/main.ts': take('../tuner/loop.ts'),
      'src/tuner/loop.ts': `${how} { Store } from '../store/store.ts'`,
      'src/store/store.ts': 'export interface Store {}',
    })
    assert.deepEqual(check(files('import type')), [])
    assert.deepEqual(check(files('import')), ['layers src/tuner/loop.ts:1'])
  })

  test('only tune.ts and cli/ open a store', () => {
    const store = { 'src/store/sqlite.ts': 'export const open = 1' }
    const line = `import { open } from '../store/sqlite.ts'\n`
    assert.deepEqual(check({ ...store, 'src/cli/main.ts': line }), [])
    assert.deepEqual(check({ ...store, 'src/dashboard/a.ts': line, 'src/cli/main.ts': take('../dashboard/a.ts') }), [
      'layers src/dashboard/a.ts:1',
    ])
  })

  test('only bridge/ imports executor/process/, and no other part of executor/', () => {
    const files = {
      'src/cli/main.ts': take('../bridge/c.ts', '../store/b.ts', '../executor/process/d.ts', '../executor/pool.ts'),
      'src/bridge/c.ts': take('../executor/pool.ts'),
      'src/store/b.ts': take('../executor/process/d.ts'),
      'src/executor/pool.ts': '',
      'src/executor/process/d.ts': '',
    }
    assert.deepEqual(check(files), ['layers src/bridge/c.ts:1', 'layers src/store/b.ts:1'])
  })

  test('tests are exempt, whatever they import', () => {
    assert.deepEqual(check({ 'src/base/half.test.ts': take('../tune.ts', 'node:fs', '../../package.json') }), [])
  })

  test('a folder outside the table, a file that is not there and a way out of src/ are reported', () => {
    const files = {
      'src/cli/main.ts': take('../misc/a.ts', '../base/gone.ts', '../../scripts/b.ts'),
      'src/misc/a.ts': '',
      'scripts/b.ts': '',
    }
    assert.deepEqual(check(files), [
      'layers src/cli/main.ts:1',
      'layers src/cli/main.ts:2',
      'layers src/cli/main.ts:3',
      'layers src/misc/a.ts:1',
    ])
  })
})

describe('cycles', () => {
  test('a cycle of value imports is reported once, with its path', () => {
    const found = violations({
      'src/cli/main.ts': take('../space/a.ts'),
      'src/space/a.ts': take('./b.ts'),
      'src/space/b.ts': take('./c.ts'),
      'src/space/c.ts': take('./a.ts'),
    })
    assert.equal(found.length, 1)
    assert.equal(found[0]?.rule, 'cycles')
    assert.match(found[0].message, /src\/space\/a\.ts → src\/space\/b\.ts → src\/space\/c\.ts → src\/space\/a\.ts/)
  })

  test('a re-export, a dynamic import and a file that imports itself count', () => {
    const files = {
      'src/cli/main.ts': take('../space/a.ts', '../space/c.ts'),
      'src/space/a.ts': `void import('./b.ts')`,
      'src/space/b.ts': `export * from './a.ts'`,
      'src/space/c.ts': take('./c.ts'),
    }
    assert.deepEqual(check(files), ['cycles src/space/a.ts:1', 'cycles src/space/c.ts:1'])
  })

  test('types may go round within a folder, not between folders', () => {
    const pair = (a: string, b: string): Record<string, string> => ({
      'src/cli/main.ts': `import { x } from '../${a}.ts'\nvoid x`,
      [`src/${a}.ts`]: `import type { B } from '../${b}.ts'\nexport type A = B\nexport const x: A = 1`,
      [`src/${b}.ts`]: `import type { A } from '../${a}.ts'\nexport type B = A | number`,
    })
    assert.deepEqual(check(pair('space/a', 'space/b')), [])
    assert.deepEqual(check(pair('executor/a', 'store/b')), ['cycles src/executor/a.ts:1'])
  })

  test('modules that share an import are no cycle', () => {
    const files = {
      'src/cli/main.ts': take('../space/a.ts', '../space/b.ts'),
      'src/space/a.ts': take('./c.ts', './b.ts'),
      'src/space/b.ts': take('./c.ts'),
      'src/space/c.ts': '',
    }
    assert.deepEqual(check(files), [])
  })
})

describe('banned', () => {
  const within = (path: string, code: string): string[] =>
    check({ [path]: code, 'src/cli/main.ts': `import '../${path.slice('src/'.length)}'` })

  for (const code of [
    'void Date.now()',
    'void new Date()',
    'void new Date',
    'void Math.random()',
    'void globalThis.Math.random()',
    'void performance.now()',
    'setTimeout(f, 1)',
    'setInterval(f, 1)',
    'globalThis.setImmediate(f)',
    'void crypto.randomUUID()',
    'void process.env',
    `import 'node:fs'`,
    `import 'left-pad'`,
    'const text = `a ${process.pid} b`',
    'const ratio = total! / 2 / process.pid',
    'const found = /[`\'"/]/.test(text) || process.pid',
  ]) {
    test(`in a pure folder: ${code}`, () => {
      assert.deepEqual(within('src/math/a.ts', `\n${code}`), ['banned src/math/a.ts:2'])
    })
  }

  for (const code of [
    '// Math.random and process.env',
    '/* setTimeout(f)\n process.pid */',
    `const text = 'Date.now() \\' process.pid'`,
    'const text = `performance.now() ${"}"} process.pid`',
    'const pattern = /process.pid`/',
    'void new Date(0)',
    'void clock.performance.now()',
    'this.process.stop()',
    'void subprocess.pid',
    'const resetTimeouts = 1',
  ]) {
    test(`not banned: ${code}`, () => {
      assert.deepEqual(within('src/math/a.ts', code), [])
    })
  }

  test('the clock may touch time and nothing else', () => {
    assert.deepEqual(within('src/base/clock.ts', 'void Date.now()\nvoid performance.now()\nsetTimeout(f, 1)'), [])
    assert.deepEqual(within('src/base/clock.ts', 'void Math.random()\nvoid process.pid'), [
      'banned src/base/clock.ts:1',
      'banned src/base/clock.ts:2',
    ])
  })

  test('outside the pure folders only Date.now and Math.random are banned, in tests too', () => {
    assert.deepEqual(within('src/store/a.ts', 'void process.pid\nsetTimeout(f, 1)\nvoid new Date()'), [])
    assert.deepEqual(within('src/store/a.ts', '\nvoid Date.now()'), ['banned src/store/a.ts:2'])
    assert.deepEqual(check({ 'src/math/a.test.ts': 'void process.pid\nvoid Math.random()' }), [
      'banned src/math/a.test.ts:2',
    ])
  })

  test('node:sqlite belongs to src/store/database.ts', () => {
    assert.deepEqual(within('src/store/database.ts', `import 'node:sqlite'`), [])
    assert.deepEqual(within('src/store/memory.ts', `import 'node:sqlite'`), ['banned src/store/memory.ts:1'])
  })
})

describe('dead', () => {
  test('a file that only its test imports is dead', () => {
    assert.deepEqual(check({ 'src/math/a.ts': '', 'src/math/a.test.ts': take('./a.ts') }), ['dead src/math/a.ts:1'])
  })

  test('an entry of the script and what it imports is alive', () => {
    const files = { 'src/executor/worker.ts': take('./a.ts'), 'src/executor/a.ts': '' }
    const threads = ['src/bridge/searcher-thread.ts', 'src/bridge/engines/server-thread.ts']
    const entries = ['src/cli/main.ts', 'src/worker.ts', ...threads, 'src/executor/worker.ts']
    assert.deepEqual(check(files, { entries }), [])
    assert.deepEqual(check(files), ['dead src/executor/a.ts:1', 'dead src/executor/worker.ts:1'])
  })

  test('an entry that is gone is the only thing told', () => {
    assert.deepEqual(check({ 'src/math/a.ts': '' }, { entries: ['src/cli/gone.ts'] }), ['dead src/cli/gone.ts:1'])
  })

  test('an exported value that only an inner index imports is dead; one with a test, and a type, are not', () => {
    const files = {
      'src/cli/main.ts': `import { a } from '../math/index.ts'\nvoid a`,
      'src/math/index.ts': `export { a, b as c } from './a.ts'\n`,
      'src/math/a.ts':
        'export const a = 1\nexport function b(): void {}\nexport type T = 1\nexport const tested = 1\nexport interface I {}',
      'src/math/a.test.ts': `import { tested } from './a.ts'`,
    }
    assert.deepEqual(check(files), ['dead src/math/a.ts:2', 'dead src/math/index.ts:1'])
  })

  test('what a public index passes on is alive, through inner index files and renamed', () => {
    const files = {
      'src/index.ts': `export * from './math/index.ts'\nexport { start } from './tune.ts'\nexport type { T } from './math/b.ts'`,
      'src/math/index.ts': `export { a as b } from './a.ts'\nexport * from './c.ts'`,
      'src/math/a.ts': 'export const a = 1',
      'src/math/b.ts': 'export type T = 1',
      'src/math/c.ts': 'class C {}\ninterface D {}\nexport { C }\nexport type { D }',
    }
    assert.deepEqual(check(files), [])
  })

  test('import *, a dynamic import and a bench use exports', () => {
    const files = {
      'src/cli/main.ts': `import * as a from '../math/a.ts'\nvoid a\nvoid import('../math/b.ts')\nimport '../math/c.ts'`,
      'src/math/a.ts': 'export const a = 1',
      'src/math/b.ts': 'export const b = 1',
      'src/math/c.ts': 'export const c = 1',
      'bench/c.ts': `import { c } from '../src/math/c.ts'`,
    }
    assert.deepEqual(check(files), [])
  })
})

describe('sizes', () => {
  const file = (count: number): Record<string, string> => ({ 'scripts/a.ts': 'void 0\n'.repeat(count) })
  const body = (head: string, count: number): Record<string, string> => ({
    'scripts/a.ts': `\n${head} {\n${lines(count - 2)}}\n`,
  })

  test('500 lines are a file, 501 too many', () => {
    assert.deepEqual(check(file(500)), [])
    assert.deepEqual(check(file(501)), ['sizes scripts/a.ts:1'])
  })

  for (const head of [
    'function f(a: number)',
    'async function* f<T extends { a: 1 }>(a = (1 + 2), b?: T): AsyncIterable<T, { b: 2 }>',
    'const f = (a: number): Map<string, { a: number }> =>',
    'const f = (): (() => void) =>',
    'function f(): (a: number) => { a: string }',
    `function f(): 'a' | "b"`,
    'function f(a: unknown): a is { b: 1 } | string[]',
  ]) {
    test(`70 lines are a function, 71 too many: ${head}`, () => {
      assert.deepEqual(check(body(head, 70)), [])
      assert.deepEqual(check(body(head, 71)), ['sizes scripts/a.ts:2'])
    })
  }

  test('methods, accessors and callbacks are functions; classes, statements and literals are not', () => {
    const method = `class A {\n  get a(): number {\n${lines(70)}  }\n}\n`
    assert.deepEqual(check({ 'scripts/a.ts': method }), ['sizes scripts/a.ts:2'])
    assert.deepEqual(check({ 'scripts/a.ts': `list.map((a) => {\n${lines(70)}})\n` }), ['sizes scripts/a.ts:1'])
    assert.deepEqual(check({ 'scripts/a.ts': `class A {\n  a(): void {}\n${'  b = 1\n'.repeat(80)}}\n` }), [])
    assert.deepEqual(
      check({ 'scripts/a.ts': `if (f(a)) {\n${lines(80)}}\nconst b = {\n${'  ...a,\n'.repeat(80)}}\n` }),
      [],
    )
  })

  test('a suite of tests may be long, a test may not', () => {
    assert.deepEqual(check({ 'scripts/a.test.ts': `describe('a', () => {\n${lines(80)}})\n` }), [])
    assert.deepEqual(check({ 'scripts/a.test.ts': `test('a', () => {\n${lines(80)}})\n` }), [
      'sizes scripts/a.test.ts:1',
    ])
  })

  test('the baseline allows what it names, must shrink with it and go when it is not needed', () => {
    assert.deepEqual(check(file(510), { baseline: { 'scripts/a.ts': 510 } }), [])
    assert.deepEqual(check(file(511), { baseline: { 'scripts/a.ts': 510 } }), ['sizes scripts/a.ts:1'])
    assert.deepEqual(check(file(509), { baseline: { 'scripts/a.ts': 510 } }), ['sizes scripts/a.ts:1'])
    assert.deepEqual(check(file(500), { baseline: { 'scripts/a.ts': 510 } }), ['sizes scripts/a.ts:1'])
    assert.deepEqual(check(body('function f()', 80), { baseline: { 'scripts/a.ts#f': 80 } }), [])
  })
})

describe('manifest', () => {
  const manifest = (parts: object): Record<string, string> => ({
    'package.json': JSON.stringify(
      { exports: { '.': './dist/index.js', './testing': './dist/testing/index.js' }, ...parts },
      null,
      1,
    ),
  })

  test('an export needs its source', () => {
    const parts = {
      exports: { '.': './dist/index.js', './a': { types: './dist/a.d.ts', default: './dist/testing/index.js' } },
    }
    assert.deepEqual(check(manifest(parts)), ['manifest package.json:5'])
  })

  test('a binary needs to be there, and what it loads too', () => {
    assert.deepEqual(check(manifest({ bin: { trialist: 'bin/trialist.cjs' } })), [])
    assert.deepEqual(check(manifest({ bin: 'bin/gone.cjs' })), ['manifest package.json:6'])
    assert.deepEqual(check({ 'bin/trialist.cjs': `\nimport('../dist/cli/gone.js')` }), ['manifest bin/trialist.cjs:2'])
  })
})

describe('texts', () => {
  // Put together here, or the check would find them in this file.
  const home = ['', 'root', 'code'].join('/')
  const scheme = 'https:/'

  test('a path of one machine is reported in any text', () => {
    assert.deepEqual(check({ 'docs/a.md': `one\nsee ${home}\n` }), ['texts docs/a.md:2'])
    assert.deepEqual(check({ 'docs/a.md': `see ${['', 'work', 'code'].join('/')}` }), ['texts docs/a.md:1'])
  })

  test('the same words inside another path or address are not', () => {
    assert.deepEqual(check({ 'docs/a.md': `src${home} and ${scheme}/example.org${home} and ../root/a\n` }), [])
  })

  test('a private host is reported, a public and the local one are not', () => {
    assert.deepEqual(check({ 'docs/a.md': `${scheme}/npm.corp/a\n${scheme}/10.0.0.7/a\n${scheme}/my-nexus/a` }), [
      'texts docs/a.md:1',
      'texts docs/a.md:2',
      'texts docs/a.md:3',
    ])
    assert.deepEqual(
      check({ 'docs/a.md': `${scheme}/registry.npmjs.org/a ${scheme}/localhost:80 ${scheme}/127.0.0.1` }),
      [],
    )
  })

  test('a lock file names the public registry or none', () => {
    const lock = (url: string): Record<string, string> => ({ 'package-lock.json': `{\n"resolved": "${url}"\n}` })
    assert.deepEqual(check(lock(`${scheme}/registry.npmjs.org/a.tgz`)), [])
    assert.deepEqual(check(lock(`${scheme}/mirror.example.org/a.tgz`)), ['texts package-lock.json:2'])
    assert.deepEqual(check({ '.npmrc': `registry=${scheme}/mirror.example.org/` }), ['texts .npmrc:1'])
  })
})
