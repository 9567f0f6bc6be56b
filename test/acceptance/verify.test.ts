// `trialist verify` on what somebody tampered with: it names the first difference.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'

import { asha, int, loguniform, sqlite, Tuner, uniform } from '../../src/index.ts'
import { inFolder, runTrialist } from './run.ts'

type Tuple = [string, ...unknown[]]

/** An experiment with suggestions of a model and decisions of a scheduler. */
async function runTuned(root: string): Promise<void> {
  const tuner = new Tuner({
    name: 'tuned',
    space: { x: uniform(0, 1), lr: loguniform(1e-4, 1), n: int(1, 9) },
    metric: 'loss',
    trainable: {
      steps: 9,
      metrics: ({ x, n }, step) => ({ loss: (x - 0.3) ** 2 + n / 50 + 1 / step, accuracy: x }),
    },
    trials: 40,
    seed: 4,
    searcher: 'tpe',
    scheduler: asha({ maxT: 9 }),
    store: sqlite({ root }),
    log: () => {},
  })
  await tuner.fit()
}

/** Changes the log by a function of its events and mends the checksums, as a careful forger would. */
function tamper(root: string, change: (events: Tuple[]) => void): void {
  const database = new DatabaseSync(join(root, 'tuned', 'log.db'))
  const rows = database.prepare('SELECT seq, body FROM log ORDER BY seq').all() as { seq: number; body: string }[]
  const batches = rows.map(({ body }) => JSON.parse(body) as Tuple[])
  change(batches.flat())
  let crc = 0
  for (const [i, { seq }] of rows.entries()) {
    const body = JSON.stringify(batches[i])
    crc = crc32(body, crc)
    database.prepare('UPDATE log SET body = ?, crc = ? WHERE seq = ?').run(body, crc, seq)
  }
  database.close()
}

function verify(root: string): { status: number | null; output: string } {
  return runTrialist('verify', 'tuned', '--root', root)
}

test('an honest log', async () => {
  await inFolder(async (root) => {
    await runTuned(root)
    const { status, output } = verify(root)
    assert.equal(status, 0, output)
    assert.match(output, /^tuned: \d+ events of 40 trials follow from one another/)
  })
})

test('a changed report: what followed from it no longer follows', async () => {
  await inFolder(async (root) => {
    await runTuned(root)
    tamper(root, (events) => {
      const stopped = events.find((event) => event[0] === 'd' && event[3] === 'stop')!
      const report = events.findLast((event) => event[0] === 'r' && event[1] === stopped[1])!
      report[4] = 0.0001
    })
    const { status, output } = verify(root)
    assert.equal(status, 1, output)
    assert.match(output, /first difference is at event \d+[\s\S]*recorded: [\s\S]*recomputed: /)
  })
})

test('a changed suggestion', async () => {
  await inFolder(async (root) => {
    await runTuned(root)
    tamper(root, (events) => {
      const suggestion = events.find((event) => event[0] === 's' && event[1] === 30)!
      ;(suggestion[3] as number[])[0] = 0.123
    })
    const { status, output } = verify(root)
    assert.equal(status, 1, output)
    assert.match(output, /recorded: +\["s",30,\d+,\[0\.123,/)
  })
})

test('a decision that was left out', async () => {
  await inFolder(async (root) => {
    await runTuned(root)
    tamper(root, (events) => {
      const decision = events.find((event) => event[0] === 'd' && event[3] === 'stop')!
      decision[3] = 'complete'
    })
    const { status, output } = verify(root)
    assert.equal(status, 1, output)
    assert.match(output, /recorded: +\["d",\d+,1,"complete"[\s\S]*recomputed: +\["d",\d+,1,"stop"/)
  })
})

test('a changed row of the table of trials', async () => {
  await inFolder(async (root) => {
    await runTuned(root)
    const database = new DatabaseSync(join(root, 'tuned', 'log.db'))
    database.exec('UPDATE trials SET score = 0 WHERE number = 7')
    database.close()
    const { status, output } = verify(root)
    assert.equal(status, 1, output)
    assert.match(output, /recorded: +\[7,/)
  })
})

test('a changed body whose checksum was not mended is a damaged log', async () => {
  await inFolder(async (root) => {
    await runTuned(root)
    const database = new DatabaseSync(join(root, 'tuned', 'log.db'))
    database.exec(`UPDATE log SET body = replace(body, '"completed"', '"stopped"') WHERE seq > 5`)
    database.close()
    const { status, notes } = runTrialist('verify', 'tuned', '--root', root)
    assert.equal(status, 2)
    assert.match(notes, /^trialist: .*log\.db is damaged/)
  })
})
