// bench:tables on a small table of its own: what it says of a searcher is what the table says of its configurations.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { curveOf } from '../../bench/tables/curve.ts'
import { Table } from '../../bench/tables/table.ts'

const units = [16, 32, 64, 128]
const rates = ['const', 'cosine', 'step']

/** Accuracy of a configuration in one of three runs; one run of the best is missing, another run of it is bad by bad luck. */
function accuracy(row: number, seed: number): number {
  if (row === 7) return [NaN, 0.97, 0.95][seed]!
  // A configuration that is lucky once.
  if (row === 2) return [0.99, 0.5, 0.52][seed]!
  return 0.6 + row / 100 + seed / 1_000
}

test('a search sees one run of a configuration, its incumbent is judged by the mean of all runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-tables-'))
  try {
    const values = Float32Array.from({ length: 12 * 3 }, (_, i) => accuracy(Math.floor(i / 3), i % 3))
    writeFileSync(join(folder, 'own.f32'), values)
    const header = {
      file: 'own.f32',
      main: 'accuracy',
      direction: 'maximize',
      space: { units, rate: rates },
      layout: [{ metric: 'accuracy', offset: 0, shape: [12, 3] }],
    }
    writeFileSync(join(folder, 'own.json'), JSON.stringify(header))
    const table = new Table(folder, 'own')
    assert.ok(Math.abs(table.best + 0.96) < 1e-6)
    const best = { units: 64, rate: 'cosine' }
    const lucky = { units: 16, rate: 'step' }
    assert.ok(Math.abs(table.loss(best, 0) + 0.97) < 1e-6, 'a missing run is another one')
    assert.ok(Math.abs(table.truth(best) + 0.96) < 1e-6)
    assert.ok(Math.abs(table.loss(lucky, 0) + 0.99) < 1e-6)
    assert.ok(Math.abs(table.truth(lucky) + 0.67) < 1e-6)
    for (const searcher of ['auto', 'gp', 'tpe', 'random']) {
      for (const seed of [0, 1, 2]) {
        const { regrets } = curveOf(table, { folder, table: 'own', searcher, seed, trials: 12 })
        assert.equal(regrets.length, 12)
        assert.ok(
          regrets.every((regret) => regret >= 0),
          `${searcher}: ${regrets.join()}`,
        )
        // All 12 rows are seen: in the first run the lucky one looks best, in the others the best.
        const expected = seed === 0 ? 0.96 - 0.67 : 0
        assert.ok(Math.abs(regrets.at(-1)! - expected) < 1e-6, `${searcher}, run ${seed}: ${regrets.at(-1)}`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
