import { createReadStream, statSync } from 'node:fs'
import { Readable } from 'node:stream'

import { systemClock } from '../base/clock.ts'
import { TrialistError, messageOf } from '../base/errors.ts'

export interface MlflowMetric {
  readonly key: string
  readonly value: number | string
  readonly timestamp: number
  readonly step: number
}

export interface MlflowPair {
  readonly key: string
  readonly value: string
}

/** Entries of one request at most, as MLflow has it, and how many of them may be parameters. */
const entriesMax = 1_000
const pairsMax = 100
/** The status of a server that has too much to do. */
const tooMany = 429
/** Times that a request is tried, and how long the first pause is. */
const tries = 5
const pauseMs = 250

/** The REST interface of an MLflow server (mlflow.org/docs/latest/api_reference/rest-api.html). */
export class MlflowClient {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(uri: string, env: Readonly<Record<string, string | undefined>>) {
    this.#base = uri.replace(/\/+$/, '')
    this.#headers = authorization(env)
  }

  /** The id of an experiment, which is made where it is not there. */
  async experiment(name: string): Promise<string> {
    const query = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`
    const found = await this.#call<{ experiment?: { experiment_id: string } }>('GET', query, undefined, [404])
    if (found?.experiment !== undefined) return found.experiment.experiment_id
    const made = await this.#call<{ experiment_id: string }>('POST', 'experiments/create', { name })
    return made!.experiment_id
  }

  /** A new run: its id and where its artefacts lie. */
  async createRun(
    experiment: string,
    name: string,
    startMs: number,
    tags: readonly MlflowPair[],
  ): Promise<{ readonly id: string; readonly artifacts: string }> {
    const body = { experiment_id: experiment, run_name: name, start_time: startMs, tags }
    const { run } = (await this.#call<{ run: { info: { run_id: string; artifact_uri: string } } }>(
      'POST',
      'runs/create',
      body,
    ))!
    return { id: run.info.run_id, artifacts: run.info.artifact_uri }
  }

  async endRun(run: string, status: string, endMs: number): Promise<void> {
    await this.#call('POST', 'runs/update', { run_id: run, status, end_time: endMs })
  }

  /** Parameters and metrics, as many in one request as MLflow takes. */
  async log(run: string, metrics: readonly MlflowMetric[], params: readonly MlflowPair[]): Promise<void> {
    let sent = { metrics: 0, params: 0 }
    while (sent.metrics < metrics.length || sent.params < params.length) {
      const pairs = params.slice(sent.params, sent.params + pairsMax)
      const values = metrics.slice(sent.metrics, sent.metrics + entriesMax - pairs.length)
      await this.#call('POST', 'runs/log-batch', { run_id: run, metrics: values, params: pairs })
      sent = { metrics: sent.metrics + values.length, params: sent.params + pairs.length }
    }
  }

  /** Sends a file to the server's store of artefacts. `artifacts` is `mlflow-artifacts:/…`. */
  async upload(artifacts: string, name: string, file: string): Promise<void> {
    const root = /^mlflow-artifacts:\/*(?:[^/]*:\d+\/)?(.*)$/.exec(artifacts)?.[1]
    if (root === undefined) throw new Error(`artefacts lie at ${artifacts}, and not behind the server`)
    const path = [...root.split('/'), ...name.split('/')].map(encodeURIComponent).join('/')
    const url = `${this.#base}/api/2.0/mlflow-artifacts/artifacts/${path}`
    const headers = { ...this.#headers, 'content-length': String(statSync(file).size) }
    const body = Readable.toWeb(createReadStream(file))
    const answer = await fetch(url, { method: 'PUT', headers, body, duplex: 'half' } as never)
    if (!answer.ok) throw refused('PUT', url, answer.status, await answer.text())
  }

  async #call<T>(method: string, path: string, body?: unknown, absent: readonly number[] = []): Promise<T | undefined> {
    const url = `${this.#base}/api/2.0/mlflow/${path}`
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#try(method, url, body)
      if (answer instanceof Response) {
        if (answer.ok) return (await answer.json()) as T
        if (absent.includes(answer.status)) return undefined
        const isFinal = attempt === tries || (answer.status < 500 && answer.status !== tooMany)
        if (isFinal) throw refused(method, url, answer.status, await answer.text())
      } else if (attempt === tries) throw unreachable(this.#base, answer)
      await new Promise<void>((resume) => void systemClock.after(pauseMs * 2 ** (attempt - 1), resume))
    }
  }

  async #try(method: string, url: string, body: unknown): Promise<Response | Error> {
    try {
      const headers = { ...this.#headers, 'content-type': 'application/json' }
      return await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    } catch (fault) {
      return fault as Error
    }
  }
}

/** As MLflow's own client reads the environment. */
function authorization(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: password } = env
  if (token) return { authorization: `Bearer ${token}` }
  if (!user) return {}
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` }
}

function refused(method: string, url: string, status: number, text: string): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: `MLflow answered ${method} ${url} with ${status}: ${text.slice(0, 300)}`,
  })
}

function unreachable(base: string, fault: Error): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: `the MLflow server ${base} can't be reached: ${messageOf(fault.cause ?? fault)}`,
    remedy: 'Is it running there? `mlflow server --backend-store-uri sqlite:///mlflow.db`',
  })
}
