// The queries of docs/store.md, on the log of a real experiment.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { asha, int, loguniform, sqlite, Tuner } from '../../src/index.ts'

const page = readFileSync(new URL('../../docs/store.md', import.meta.url), 'utf8')
const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].flatMap(([, text]) => text!.split(';\n').slice(0, -1))

test('each query of the page answers rows, and none of their columns is unknown', async () => {
  assert.ok(queries.length >= 6, 'the page has lost its queries')
  const root = mkdtempSync(join(tmpdir(), 'trialist-queries-'))
  try {
    await experiment(root)
    const database = new DatabaseSync(join(root, 'queried', 'log.db'), { readOnly: true })
    for (const query of queries) {
      const rows = database.prepare(query).all()
      assert.ok(rows.length > 0, `no rows: ${query}`)
      // Of the code that ran only a repository knows the commit.
      const unknown = Object.entries(rows[0]!).filter(([name, value]) => value === null && !name.includes('gitCommit'))
      assert.deepEqual(unknown, [], query)
    }
    database.close()
  } finally {
    rmSync(root, { recursive: true })
  }
})

async function experiment(root: string): Promise<void> {
  const tuner = new Tuner({
    name: 'queried',
    space: { lr: loguniform(1e-5, 1), net: { layers: int(1, 8) } },
    metric: 'loss',
    trainable: async ({ config, report }) => {
      for (let epoch = 1; epoch <= 9; epoch++) await report({ loss: config.lr + 1 / epoch, accuracy: epoch / 9 })
    },
    trials: 12,
    concurrency: 4,
    seed: 1,
    scheduler: asha({ maxT: 9 }),
    store: sqlite({ root }),
    log: () => {},
  })
  await tuner.fit()
}
