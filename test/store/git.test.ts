// What a session records of the repository around it, against repositories that git itself made.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { gitFacts } from '../../src/store/git.ts'

// Set by git while it runs a hook, such as one that runs the tests.
const { GIT_DIR: _dir, GIT_INDEX_FILE: _index, GIT_WORK_TREE: _tree, ...env } = process.env
const folder = mkdtempSync(join(tmpdir(), 'trialist-git-'))
after(() => rmSync(folder, { recursive: true }))

test('outside of a repository nothing is known', () => {
  assert.deepEqual(gitFacts(folder), { commit: null, dirty: null })
})

test('the commit, from a folder below, on a branch, packed, and detached', () => {
  const tree = repository()
  const commit = git(tree, 'rev-parse', 'HEAD')
  mkdirSync(join(tree, 'a', 'b'), { recursive: true })
  assert.deepEqual(gitFacts(join(tree, 'a', 'b')), { commit, dirty: null })
  git(tree, 'pack-refs', '--all')
  assert.equal(gitFacts(tree).commit, commit)
  git(tree, 'checkout', '-q', '--detach')
  assert.equal(gitFacts(tree).commit, commit)
})

test('before the first commit there is none', () => {
  const tree = mkdtempSync(join(folder, 'tree-'))
  git(tree, 'init', '-q')
  assert.deepEqual(gitFacts(tree), { commit: null, dirty: null })
})

test('a worktree has a commit of its own', () => {
  const tree = repository()
  const linked = join(tree, 'linked')
  git(tree, 'worktree', 'add', '-q', '-b', 'other', linked)
  writeFileSync(join(linked, 'more.txt'), 'more')
  git(linked, 'add', '.')
  commitAll(linked)
  const commit = git(linked, 'rev-parse', 'HEAD')
  assert.notEqual(commit, git(tree, 'rev-parse', 'HEAD'))
  assert.deepEqual(gitFacts(linked), { commit, dirty: null })
  appendFileSync(join(linked, 'more.txt'), ', and more')
  assert.equal(gitFacts(linked).dirty, true)
})

test('a tracked file that has grown, or is gone, is a difference; files that git does not know are none', () => {
  const tree = repository()
  writeFileSync(join(tree, 'unknown.txt'), 'unknown')
  assert.equal(gitFacts(tree).dirty, null)
  appendFileSync(join(tree, 'sub', 'long-name.txt'), 'more')
  assert.equal(gitFacts(tree).dirty, true)
  git(tree, 'checkout', '-q', '.')
  assert.equal(gitFacts(tree).dirty, null)
  rmSync(join(tree, 'a.txt'))
  assert.equal(gitFacts(tree).dirty, true)
})

test('of an index in another shape nothing is claimed', () => {
  for (const change of [
    ['init', '-q', '--object-format=sha256'],
    ['init', '-q'],
  ]) {
    const tree = mkdtempSync(join(folder, 'tree-'))
    git(tree, ...change)
    fill(tree)
    if (change.length === 2) git(tree, 'update-index', '--index-version', '4')
    appendFileSync(join(tree, 'a.txt'), 'more')
    assert.deepEqual(gitFacts(tree), { commit: git(tree, 'rev-parse', 'HEAD'), dirty: null }, change.join(' '))
  }
})

function repository(): string {
  const tree = mkdtempSync(join(folder, 'tree-'))
  git(tree, 'init', '-q')
  fill(tree)
  return tree
}

/** Paths of every length modulo 8, as entries of the index are padded to eight bytes. */
function fill(tree: string): void {
  mkdirSync(join(tree, 'sub'))
  for (let i = 0; i < 8; i++) writeFileSync(join(tree, `${'n'.repeat(i + 1)}.txt`), 'x'.repeat(i))
  writeFileSync(join(tree, 'a.txt'), 'a')
  writeFileSync(join(tree, 'sub', 'long-name.txt'), 'b')
  git(tree, 'add', '.')
  commitAll(tree)
}

function commitAll(tree: string): void {
  git(
    tree,
    '-c',
    'user.name=T',
    '-c',
    'user.email=t@example.org',
    '-c',
    'commit.gpgsign=false',
    'commit',
    '-q',
    '-m',
    'one',
  )
}

function git(tree: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', tree, ...args], { encoding: 'utf8', env }).trim()
}
