import { appendFileSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

import { knownOptions, wrongOption } from '../base/check.ts'
import { wallTimeMs } from '../base/clock.ts'
import { Batch } from './batch.ts'
import type { Callback, ExperimentStart, TrialEnd, TrialReport, TrialStart } from './callback.ts'
import { MlflowClient } from './mlflow-client.ts'
import type { MlflowMetric, MlflowPair } from './mlflow-client.ts'
import { flatConfig, folderOf, queueLimit, trialFolder, trialId } from './trial-folder.ts'

export interface MlflowOptions {
  /** The address of the server. Default: `MLFLOW_TRACKING_URI`. */
  readonly trackingUri?: string
  /** The experiment in MLflow. Default: `MLFLOW_EXPERIMENT_NAME`, else the experiment's name. */
  readonly experimentName?: string
  /** Tags of all runs. */
  readonly tags?: Readonly<Record<string, string>>
  /** Whether a trial's folder and its newest checkpoint become artefacts at its end. Default: false. */
  readonly saveArtifact?: boolean
}

/** Time between two requests of metrics. Milliseconds. */
const periodMs = 1_000
/** Requests under way at once, each for a run of its own. */
const requestsAtOnce = 4
/** Characters of a parameter's value, as MLflow has it. */
const valueLength = 6_000
const statuses = { completed: 'FINISHED', stopped: 'FINISHED', failed: 'FAILED' } as const

interface Run {
  readonly id: string
  readonly artifacts: string
}

type Pending =
  | { readonly type: 'start'; readonly trial: number; readonly config: TrialStart['config']; readonly atMs: number }
  | { readonly type: 'metric'; readonly trial: number; readonly metric: MlflowMetric }
  | { readonly type: 'end'; readonly trial: number; readonly status: string; readonly atMs: number }

/**
 * Runs in MLflow: one for the experiment, and below it one for each trial with its parameters, its metrics by step, tags and, with
 * `saveArtifact`, its files. They are sent in batches, off the control path. A resumed experiment goes on with its runs.
 */
export function mlflow(options: MlflowOptions = {}): Callback {
  knownOptions('mlflow()', options, ['trackingUri', 'experimentName', 'tags', 'saveArtifact'])
  const uri = options.trackingUri ?? process.env['MLFLOW_TRACKING_URI']
  if (typeof uri !== 'string' || !/^https?:\/\//.test(uri)) {
    throw wrongOption('mlflow(): trackingUri', 'the address of an MLflow server, http://… or https://…', uri)
  }
  return new MlflowRuns(new MlflowClient(uri, process.env), options)
}

class MlflowRuns implements Callback {
  readonly name = 'mlflow'
  readonly #client: MlflowClient
  readonly #options: MlflowOptions
  readonly #batch: Batch<Pending> = new Batch({ write: (items) => this.#write(items), periodMs, limit: queueLimit })
  readonly #runs = new Map<number, Run>()
  #start: ExperimentStart | undefined
  #folder = ''
  #experiment: string | undefined
  #parent: Run | undefined

  constructor(client: MlflowClient, options: MlflowOptions) {
    this.#client = client
    this.#options = options
  }

  get room(): Promise<void> | undefined {
    return this.#batch.room
  }

  onExperimentStart(start: ExperimentStart): void {
    this.#start = start
    this.#folder = folderOf(start)
    this.#readRuns()
  }

  onTrialStart({ trial, config }: TrialStart): void {
    this.#batch.push({ type: 'start', trial, config, atMs: wallTimeMs() })
  }

  onReport({ trial, step, metrics }: TrialReport): void {
    const timestamp = wallTimeMs()
    for (const [name, value] of Object.entries(metrics)) {
      const metric = { key: keyOf(name), value: numberOf(value), timestamp, step: Math.round(step) }
      this.#batch.push({ type: 'metric', trial, metric })
    }
  }

  onTrialEnd({ trial, state, known }: TrialEnd): void {
    if (known || !(state === 'completed' || state === 'stopped' || state === 'failed')) return
    this.#batch.push({ type: 'end', trial, status: statuses[state], atMs: wallTimeMs() })
  }

  async onExperimentEnd(): Promise<void> {
    await this.#batch.close()
    if (this.#parent !== undefined) await this.#client.endRun(this.#parent.id, 'FINISHED', wallTimeMs())
  }

  /** The trials side by side: a server waits for its database as well as for its processor. */
  async #write(items: readonly Pending[]): Promise<void> {
    const byTrial = new Map<number, Pending[]>()
    for (const item of items) {
      const known = byTrial.get(item.trial)
      if (known === undefined) byTrial.set(item.trial, [item])
      else known.push(item)
    }
    await this.#parentRun()
    const waiting = byTrial.entries()
    const sending = async (): Promise<void> => {
      for (const [trial, own] of waiting) await this.#send(trial, own)
    }
    await Promise.all(Array.from({ length: requestsAtOnce }, sending))
  }

  /** What there is of one trial, in as few requests as MLflow takes. */
  async #send(trial: number, items: readonly Pending[]): Promise<void> {
    const start = items.find((item) => item.type === 'start')
    const end = items.findLast((item) => item.type === 'end')
    const known = this.#runs.get(trial)
    const run = known ?? (start && (await this.#begin(start)))
    if (run === undefined) return
    const metrics = items.flatMap((item) => (item.type === 'metric' ? [item.metric] : []))
    await this.#client.log(run.id, metrics, known === undefined ? paramsOf(start!.config) : [])
    if (known === undefined) this.#keep(trial, run)
    if (end === undefined) return
    if (this.#options.saveArtifact === true) await this.#upload(trial, run)
    await this.#client.endRun(run.id, end.status, end.atMs)
  }

  async #begin({ trial, atMs }: Pending & { readonly type: 'start' }): Promise<Run> {
    const id = trialId(this.#start!.name, trial)
    const parent = await this.#parentRun()
    const tags = [{ key: 'mlflow.parentRunId', value: parent.id }, { key: 'trial_name', value: id }, ...this.#tags()]
    return this.#client.createRun(this.#experiment!, id, atMs, tags)
  }

  async #parentRun(): Promise<Run> {
    const { name } = this.#start!
    const experimentName = this.#options.experimentName ?? process.env['MLFLOW_EXPERIMENT_NAME'] ?? name
    this.#experiment ??= await this.#client.experiment(experimentName)
    if (this.#parent === undefined) {
      const made = await this.#client.createRun(this.#experiment, name, wallTimeMs(), this.#tags())
      this.#keep(-1, made)
    }
    return this.#parent!
  }

  #tags(): { key: string; value: string }[] {
    return Object.entries(this.#options.tags ?? {}).map(([key, value]) => ({ key, value }))
  }

  async #upload(trial: number, run: Run): Promise<void> {
    const folder = trialFolder(this.#folder, trial)
    for (const [name, file] of filesIn(folder, '')) await this.#client.upload(run.artifacts, name, file)
    const checkpoint = newestCheckpoint(join(this.#folder, 'checkpoints'), trial)
    if (checkpoint === undefined) return
    for (const [name, file] of filesIn(checkpoint, 'checkpoint')) await this.#client.upload(run.artifacts, name, file)
  }

  get #runsFile(): string {
    return join(this.#folder, 'mlflow.jsonl')
  }

  /** For a later session. */
  #keep(trial: number, run: Run): void {
    if (trial < 0) this.#parent = run
    else this.#runs.set(trial, run)
    appendFileSync(this.#runsFile, `${JSON.stringify({ trial, ...run })}\n`)
  }

  #readRuns(): void {
    if (!existsSync(this.#runsFile)) return
    for (const line of readFileSync(this.#runsFile, 'utf8').split('\n')) {
      if (line === '') continue
      const { trial, id, artifacts } = JSON.parse(line) as Run & { readonly trial: number }
      if (trial < 0) this.#parent = { id, artifacts }
      else this.#runs.set(trial, { id, artifacts })
    }
  }
}

/** Letters that MLflow takes in names. */
function keyOf(name: string): string {
  return name.replaceAll(/[^\w./ -]/g, '_').slice(0, 250)
}

function paramsOf(config: TrialStart['config']): MlflowPair[] {
  const flat = Object.entries(flatConfig(config))
  return flat.map(([key, value]) => ({ key: keyOf(key), value: String(value).slice(0, valueLength) }))
}

function numberOf(value: number): number | string {
  return Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

function filesIn(folder: string, under: string): [name: string, file: string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const name = relative(folder, file).replaceAll('\\', '/')
      return [under === '' ? name : `${under}/${name}`, file]
    })
}

/** Ids of checkpoints are TRIAL-ATTEMPT-COUNT. */
function newestCheckpoint(folder: string, trial: number): string | undefined {
  if (!existsSync(folder)) return undefined
  const own = readdirSync(folder).filter((id) => new RegExp(`^${trial}-\\d+-\\d+$`).test(id))
  const order = (id: string): number[] => id.split('-').map(Number)
  const newest = own.toSorted((a, b) => order(a)[1]! - order(b)[1]! || order(a)[2]! - order(b)[2]!).at(-1)
  return newest && join(folder, newest)
}
