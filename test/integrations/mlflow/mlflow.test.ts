// Against a real server on a database, read back with MLflow's own client.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { Tuner, choice, mlflow, sqlite, uniform } from '../../../src/index.ts'
import { rootFor } from '../tune.ts'

const python = process.env['TRIALIST_PYTHON']!

interface ReadRun {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly parent: string | null
  readonly team: string | null
  readonly params: Record<string, string>
  readonly metrics: Record<string, [number, number][]>
  readonly files: string[]
}

let server: ChildProcess
let folder: string
let uri: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trialist-mlflow-'))
  uri = await serverIn(folder)
})

after(() => {
  process.kill(-server.pid!, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Its address. Where somebody else takes the port before it does, it ends, and another one is started. */
async function serverIn(root: string): Promise<string> {
  for (let started = 0; started < 3; started++) {
    const address = await startedIn(root)
    for (let tried = 0; tried < 600 && server.exitCode === null; tried++) {
      const answer = await fetch(`${address}/health`).catch(() => undefined)
      if (answer?.ok === true && server.exitCode === null) return address
      await sleep(200)
    }
  }
  throw new Error('the MLflow server did not start')
}

async function startedIn(root: string): Promise<string> {
  const port = String(await freePort())
  const stores = ['--backend-store-uri', 'sqlite:///runs.db', '--artifacts-destination', './kept']
  const args = ['-m', 'mlflow', 'server', ...stores, '--host', '127.0.0.1', '--port', port, '--workers', '1']
  // Without the processes for background jobs, which take long to start.
  const env = { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' }
  server = spawn(python, args, { cwd: root, env, stdio: 'ignore', detached: true })
  return `http://127.0.0.1:${port}`
}

async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resume) => listener.listen(0, '127.0.0.1', resume))
  const { port } = listener.address() as AddressInfo
  await new Promise((resume) => listener.close(resume))
  return port
}

function readRuns(experiment: string): ReadRun[] {
  const script = fileURLToPath(new URL('read_runs.py', import.meta.url))
  const { status, stdout, stderr } = spawnSync(python, [script, uri, experiment], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as ReadRun[]
}

test('MLflow reads back what the trials reported: parameters, metrics by step, states, tags, files', async (context) => {
  const root = rootFor(context)
  const results = await new Tuner({
    name: 'tracked',
    space: { lr: uniform(0, 1), model: { kind: choice('cnn', 'mlp') } },
    metric: 'loss',
    trials: 4,
    concurrency: 2,
    seed: 3,
    trainable: async ({ config, report, trial }) => {
      const saved = join(root, `model-${trial}`)
      mkdirSync(saved)
      for (let i = 1; i <= 30; i++) {
        if (trial === 2 && i === 11) throw new Error('no such thing')
        writeFileSync(join(saved, `weights-${trial}`), String(i))
        const metrics = { loss: config.lr / i, 'val/accuracy': i === 5 ? NaN : i }
        await report(metrics, i % 10 === 0 ? { checkpoint: saved } : {})
      }
    },
    callbacks: [mlflow({ trackingUri: uri, tags: { team: 'vision' }, saveArtifact: true })],
    store: sqlite({ root }),
    log: () => {},
  }).fit()

  const runs = readRuns('tracked')
  const parent = runs.find((run) => run.parent === null)!
  assert.deepEqual([parent.name, parent.status, parent.team], ['tracked', 'FINISHED', 'vision'])
  const children = runs.filter((run) => run.parent === parent.id).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  assert.equal(children.length, 4)
  for (const result of results) {
    const run = children[result.trial]!
    assert.deepEqual(run.params, { lr: String(result.config.lr), 'model/kind': result.config.model.kind })
    assert.equal(run.status, result.trial === 2 ? 'FAILED' : 'FINISHED')
    assert.equal(run.team, 'vision')
    const history = result.history().map(({ step, metrics }) => [step, metrics['loss']])
    assert.deepEqual(run.metrics['loss'], history)
    assert.equal(run.metrics['val/accuracy']!.length, history.length)
    assert.ok(
      run.files.some((file) => file.startsWith('checkpoint/weights-')),
      run.files.join(' '),
    )
  }
})

test('a resumed experiment goes on with its runs', async (context) => {
  const root = rootFor(context)
  const tuner = (steps: number) =>
    new Tuner({
      name: 'again',
      space: { x: uniform(0, 1) },
      metric: 'loss',
      trials: 1,
      trainable: async ({ report }) => {
        for (let i = 1; i <= steps; i++) await report({ loss: i })
      },
      callbacks: [mlflow({ trackingUri: uri, experimentName: 'mine' })],
      store: sqlite({ root }),
      log: () => {},
    })
  await tuner(2).fit()
  await tuner(2).fit({ resume: true, trials: 3 })
  const runs = readRuns('mine')
  assert.equal(runs.filter((run) => run.parent === null).length, 1)
  assert.equal(runs.filter((run) => run.parent !== null).length, 3)
})

test('more parameters and metrics than a request takes all arrive', async (context) => {
  const names = Array.from({ length: 130 }, (_, i) => `p${i}`)
  const results = await new Tuner({
    name: 'large',
    space: Object.fromEntries(names.map((name) => [name, uniform(0, 1)])),
    metric: 'loss',
    trials: 2,
    concurrency: 2,
    trainable: async ({ report }) => {
      for (let i = 1; i <= 700; i++) await report({ loss: 1 / i, 'a, b': i, third: -i })
    },
    callbacks: [mlflow({ trackingUri: uri })],
    store: sqlite({ root: rootFor(context) }),
    log: () => {},
  }).fit()
  const children = readRuns('large').filter((run) => run.parent !== null)
  assert.equal(children.length, 2)
  for (const run of children) {
    const result = [...results].find(({ trial }) => run.name.endsWith(String(trial)))!
    assert.deepEqual(
      run.params,
      Object.fromEntries(Object.entries(result.config).map(([name, value]) => [name, String(value)])),
    )
    const history = result.history().map(({ step, metrics }) => [step, metrics['third']])
    assert.equal(history.length, 700)
    assert.deepEqual(run.metrics['third'], history)
    assert.equal(run.metrics['a_ b']!.length, 700)
  }
})
