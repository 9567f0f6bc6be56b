import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { Tuner, csvLogger, jsonLogger, mlflow, sqlite, uniform } from '../index.ts'
import { Batch } from './batch.ts'
import type { Callback } from './callback.ts'

function rootFor(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'trialist-trackers-'))
  context.after(() => rmSync(root, { recursive: true, force: true }))
  return root
}

function tunerWith(callbacks: readonly Callback[], root: string, lines: string[] = []) {
  return new Tuner({
    name: 'tracked',
    space: { x: uniform(0, 1) },
    metric: 'loss',
    trials: 2,
    concurrency: 1,
    seed: 1,
    maxFailures: 1,
    trainable: async ({ config, report, attempt }) => {
      for (let i = 1; i <= 4; i++) {
        await report({ loss: config.x * i, ...(i > 2 && { 'late, "quoted"': i }) })
        if (attempt === 1 && i === 2) throw new Error('again')
      }
    },
    callbacks,
    store: sqlite({ root }),
    log: (line) => lines.push(line),
  })
}

test('CSV and JSON: a row a step, later columns too, whatever was done twice', async (context) => {
  const root = rootFor(context)
  const results = await tunerWith([csvLogger(), jsonLogger()], root).fit()
  for (const { trial, config } of results) {
    const folder = join(root, 'tracked', 'trials', String(trial))
    const [header, ...rows] = readFileSync(join(folder, 'progress.csv'), 'utf8').trim().split('\n')
    assert.equal(header, 'loss,training_iteration,time_total_s,timestamp,trial_id,"late, ""quoted"""')
    const cells = rows.map((row) => row.split(','))
    assert.deepEqual(
      cells.map(([loss, step]) => [Number(loss), Number(step)]),
      [1, 2, 3, 4].map((i) => [config.x * i, i]),
    )
    assert.deepEqual(
      cells.map((row) => row[5]),
      ['', '', '3', '4'],
    )
    const lines = readFileSync(join(folder, 'result.json'), 'utf8').trim().split('\n')
    const reports = lines.map((line) => JSON.parse(line) as Record<string, number>)
    assert.deepEqual(
      reports.map(({ loss, training_iteration: step }) => [loss, step]),
      [1, 2, 3, 4].map((i) => [config.x * i, i]),
    )
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'params.json'), 'utf8')), config)
  }
})

test('a tracker that can’t be reached is switched off with one warning, and no report is lost', async (context) => {
  const server = createServer((_, response) => response.writeHead(400).end('no such thing'))
  await new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume))
  context.after(() => server.close())
  const lines: string[] = []
  const trackingUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const results = await tunerWith([mlflow({ trackingUri })], rootFor(context), lines).fit()
  assert.deepEqual(
    [...results].map(({ state, step }) => [state, step]),
    [
      ['completed', 4],
      ['completed', 4],
    ],
  )
  const warnings = lines.filter((line) => line.includes('mlflow'))
  assert.equal(warnings.length, 1)
  assert.match(warnings[0]!, /switched off.*400.*no such thing/)
})

test('a full queue makes reports wait, and loses none of them', async (context) => {
  const written: number[] = []
  const batch = new Batch<number>({
    write: async (items) => {
      assert.ok(items.length <= 10)
      await new Promise((resume) => void setTimeout(resume, 1))
      written.push(...items)
    },
    periodMs: 1,
    limit: 3,
  })
  const slow: Callback = {
    name: 'slow',
    get room() {
      return batch.room
    },
    onReport: ({ metrics }) => batch.push(metrics['i']!),
    onExperimentEnd: () => batch.close(),
  }
  await new Tuner({
    space: { x: uniform(0, 1) },
    metric: 'i',
    trials: 1,
    trainable: async ({ report }) => {
      for (let i = 0; i < 200; i++) await report({ i })
    },
    callbacks: [slow],
    store: sqlite({ root: rootFor(context) }),
    log: () => {},
  }).fit()
  assert.deepEqual(
    written,
    Array.from({ length: 200 }, (_, i) => i),
  )
})
