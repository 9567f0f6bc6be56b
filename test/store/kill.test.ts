// A process appends numbered batches and is killed at a moment drawn by seed: while it opens the store, or some microseconds
// after it began a commit. The log then holds every acknowledged batch, at most the one that was under way besides, each
// with its finished trials, and can be gone on with.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { purpose, stream } from '../../src/base/random.ts'
import { readExperiment, sqlite } from '../../src/store/sqlite.ts'
import { numberedBatch, numberedRows } from './numbered.ts'
import { start } from './process.ts'

const seeds = Array.from({ length: 20 }, (_, i) => i + 1)
const deaths = 2

test('killed at any moment the store holds what it acknowledged', async (context) => {
  const survived: number[] = []
  const lanes = 2
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (const seed of seeds.filter((_seed, i) => i % lanes === lane)) survived.push(await killRepeatedly(seed))
    }),
  )
  const total = survived.reduce((sum, count) => sum + count)
  context.diagnostic(`${total} of ${seeds.length * deaths} deaths came between a commit and its acknowledgement`)
})

/** Answers how many batches were in the log though nobody had been told. */
async function killRepeatedly(seed: number): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), 'trialist-store-kill-'))
  const draw = stream(seed, purpose.trial)
  const durability = seed % 4 === 0 ? 'power' : 'process'
  let length = 0
  let unacknowledged = 0
  try {
    for (let death = 1; death <= deaths; death++) {
      const isOpening = draw.below(5) === 0
      const deathAt = isOpening ? -1 : length + draw.below(300)
      const delayUs = draw.below(isOpening ? 20_000 : 60)
      const where = `seed ${seed}: death ${death}, ${delayUs} µs after batch ${deathAt} of ${length}, ${durability}`
      const child = start({ root, does: 'append', durability, deathAt, delayUs })
      assert.equal(await child.end, 'SIGKILL', `${where}: ${child.said().slice(-300)}`)
      const acknowledged = Math.max(length, acknowledgedIn(root))
      const kept = checkLog(root, where)
      assert.ok(kept === acknowledged || kept === acknowledged + 1, `${where}: kept ${kept} of ${acknowledged}`)
      unacknowledged += kept - acknowledged
      length = kept
    }
    goOn(root, length, `seed ${seed}: after all deaths`)
    return unacknowledged
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** How many batches the child processes were told to be kept. */
function acknowledgedIn(root: string): number {
  const file = join(root, 'acknowledged.txt')
  const last = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)! : ''
  return last === '' ? 0 : Number(last) + 1
}

/** The log and the table of trials hold the batches from the first on. Answers how many. */
function checkLog(root: string, where: string): number {
  if (!sqlite({ root }).exists('numbered')) return 0
  const { bodies, trials } = readExperiment(root, 'numbered')
  let length = 0
  for (const body of bodies) assert.equal(body, numberedBatch(length++).body, `${where}: batch ${length}`)
  const expected = Array.from({ length }, (_, i) => numberedRows(i)).flat()
  assert.deepEqual(rowsOf(trials), expected, `${where}: the finished trials`)
  return length
}

function goOn(root: string, length: number, where: string): void {
  const session = { startedWallMs: 0, facts: {} }
  const stores = sqlite({ root })
  const store = stores.exists('numbered') ? stores.resume('numbered', session) : stores.create('numbered', session)
  for (let i = length; i < length + 5; i++) store.append(numberedBatch(i))
  store.close()
  assert.equal(checkLog(root, where), length + 5, where)
  const left = readdirSync(join(root, 'numbered')).filter((file) => !/^log\.db(-wal|-shm)?$/.test(file))
  assert.deepEqual(left, ['lease.db'], `${where}: left in the folder`)
}

function rowsOf(rows: readonly object[]): object[] {
  return rows.map((row) => ({ ...row }))
}
