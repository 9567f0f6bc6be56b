// A real MLflow server on a database, and what it takes without us.
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

import { environment } from '../../scripts/environment.ts'

export interface MlflowServer {
  readonly uri: string
  stop(): void
}

/** Metrics of one request, the most that MLflow takes, and requests at once. */
const batch = 1_000
const lanes = 4

/** Without the processes for MLflow's background jobs, whose start takes half a minute of processor time. */
export async function mlflowServer(folder: string): Promise<MlflowServer> {
  const port = 5_100 + (process.pid % 800)
  const words = ['-m', 'mlflow', 'server', '--backend-store-uri', 'sqlite:///runs.db', '--host', '127.0.0.1']
  const args = [...words, '--port', String(port), '--workers', '1']
  const env = { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' }
  const server = spawn(await environment('mlflow'), args, { cwd: folder, env, stdio: 'ignore', detached: true })
  const uri = `http://127.0.0.1:${port}`
  while ((await fetch(`${uri}/health`).catch(() => undefined))?.ok !== true) await sleep(200)
  return { uri, stop: () => void process.kill(-server.pid!, 'SIGKILL') }
}

/** Metrics a second that the server takes of requests as large as it allows. */
export async function capacity(uri: string, seconds: number): Promise<number> {
  const experiment = await post<{ experiment_id: string }>(uri, 'experiments/create', { name: 'capacity' })
  const runs = await Promise.all(
    Array.from({ length: lanes }, async () => {
      const body = { experiment_id: experiment.experiment_id, start_time: Date.now() }
      return (await post<{ run: { info: { run_id: string } } }>(uri, 'runs/create', body)).run.info.run_id
    }),
  )
  const begin = performance.now()
  const sent = await Promise.all(
    runs.map(async (run_id) => {
      let step = 0
      while (performance.now() - begin < 1_000 * seconds) {
        await post(uri, 'runs/log-batch', { run_id, metrics: metricsFrom(step) })
        step += batch
      }
      return step
    }),
  )
  return (1_000 * sent.reduce((sum, each) => sum + each, 0)) / (performance.now() - begin)
}

function metricsFrom(step: number): object[] {
  const timestamp = Date.now()
  return Array.from({ length: batch }, (_, i) => ({ key: 'loss', value: i / batch, timestamp, step: step + i }))
}

async function post<T>(uri: string, path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${uri}/api/2.0/mlflow/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}
