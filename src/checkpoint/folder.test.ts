import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { FolderCheckpoints } from './folder.ts'

async function inFolder(body: (root: string, source: string, folder: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'trialist-test-'))
  const source = join(root, 'source')
  mkdirSync(join(source, 'deep', 'er'), { recursive: true })
  writeFileSync(join(source, 'a'), 'first', { mode: 0o400 })
  writeFileSync(join(source, 'deep', 'er', 'b'), 'second')
  try {
    await body(root, source, join(root, 'checkpoints'))
  } finally {
    rmSync(root, { recursive: true })
  }
}

test('a checkpoint is a copy of a directory: what happens to the directory later does not matter', () =>
  inFolder(async (_root, source, folder) => {
    symlinkSync(join(source, 'a'), join(source, 'link'))
    const checkpoints = new FolderCheckpoints(folder)
    assert.equal(checkpoints.has('0-1-1'), false)
    await checkpoints.write('0-1-1', source)
    assert.equal(checkpoints.has('0-1-1'), true)
    rmSync(source, { recursive: true })
    const path = checkpoints.path('0-1-1')
    assert.equal(path, join(folder, '0-1-1'))
    for (const [name, text] of [
      ['a', 'first'],
      ['link', 'first'],
      ['deep/er/b', 'second'],
    ] as const) {
      assert.equal(readFileSync(join(path, name), 'utf8'), text)
    }
  }))

test('what can’t be copied is an error and leaves nothing', () =>
  inFolder(async (root, source, folder) => {
    const checkpoints = new FolderCheckpoints(folder)
    for (const wrong of [join(root, 'missing'), join(source, 'a')]) {
      await assert.rejects(checkpoints.write('0-1-1', wrong), { code: 'invalid_option' }, wrong)
    }
    symlinkSync(source, join(source, 'deep', 'loop'))
    await assert.rejects(checkpoints.write('0-1-1', source), { code: 'invalid_option' })
    assert.deepEqual(readdirSync(folder), [])
  }))

test('an id can’t lead out of the folder', () =>
  inFolder(async (_root, source, folder) => {
    const checkpoints = new FolderCheckpoints(folder)
    for (const id of ['..', '../source', '/etc', '', '.partial-0-1-1', 'a/b']) {
      assert.equal(checkpoints.has(id), false, id)
      checkpoints.remove(id)
      await assert.rejects(checkpoints.write(id, source), { code: 'invalid_option' }, id)
    }
    assert.ok(existsSync(join(source, 'a')))
  }))

test('removing and sweeping: what is gone is gone at once, what is kept stays', () =>
  inFolder(async (_root, source, folder) => {
    const checkpoints = new FolderCheckpoints(folder)
    for (const id of ['0-1-1', '0-1-2', '1-1-1']) await checkpoints.write(id, source)
    mkdirSync(join(folder, '.partial-7-1-1'))
    checkpoints.remove('0-1-1')
    assert.equal(checkpoints.has('0-1-1'), false)
    checkpoints.remove('0-1-1')
    checkpoints.sweep(new Set(['0-1-2']))
    assert.deepEqual([checkpoints.has('0-1-2'), checkpoints.has('1-1-1')], [true, false])
    await checkpoints.close()
    assert.deepEqual(readdirSync(folder), ['0-1-2'])
  }))

const writer = `
import { FolderCheckpoints } from ${JSON.stringify(new URL('folder.ts', import.meta.url).href)}
const [folder, source] = process.argv.slice(1)
const checkpoints = new FolderCheckpoints(folder)
process.stdout.write('writing')
for (let i = 1; ; i++) {
  await checkpoints.write('0-1-' + i, source)
  if (i > 1) checkpoints.remove('0-1-' + (i - 1))
}`

test('whenever the process is killed, what is visible is whole', () =>
  inFolder(async (_root, source, folder) => {
    const files = 60
    for (let i = 0; i < files; i++) writeFileSync(join(source, `file${i}`), 'x'.repeat(10_000))
    const seen = new Set<string>()
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', writer, folder, source])
      await once(child.stdout, 'data')
      await new Promise((resolve) => setTimeout(resolve, 17 * round))
      child.kill('SIGKILL')
      await once(child, 'close')
      const names = existsSync(folder) ? readdirSync(folder) : []
      for (const name of names) seen.add(name.startsWith('.partial-') ? 'partial' : 'whole')
      for (const name of names.filter((each) => !each.startsWith('.'))) {
        assert.equal(readdirSync(join(folder, name)).length, files + 2, name)
        for (let i = 0; i < files; i++) {
          assert.equal(readFileSync(join(folder, name, `file${i}`), 'utf8').length, 10_000)
        }
      }
      const checkpoints = new FolderCheckpoints(folder)
      checkpoints.sweep(new Set())
      await checkpoints.close()
      if (existsSync(folder)) assert.deepEqual(readdirSync(folder), [])
    }
    assert.ok(seen.has('partial'), 'no kill came in the middle of a write')
  }))
