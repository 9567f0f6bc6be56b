import { appendFileSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

import { knownOptions, wrongOption } from '../base/check.ts'
import { wallTimeMs } from '../base/clock.ts'
import { Batch } from './batch.ts'
import type { Callback, ExperimentStart, TrialEnd, TrialReport, TrialStart } from './callback.ts'
import { MlflowClient } from './mlflow-client.ts'
import type { MlflowMetric } from './mlflow-client.ts'
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

  async #write(items: readonly Pending[]): Promise<void> {
    const metrics = new Map<number, MlflowMetric[]>()
    const ends: (Pending & { readonly type: 'end' })[] = []
    for (const item of items) {
      if (item.type === 'start') await this.#begin(item)
      else if (item.type === 'end') ends.push(item)
      else {
        const known = metrics.get(item.trial)
        if (known === undefined) metrics.set(item.trial, [item.metric])
        else known.push(item.metric)
      }
    }
    for (const [trial, list] of metrics) await this.#client.log(this.#runs.get(trial)!.id, list)
    for (const { trial, status, atMs } of ends) {
      const run = this.#runs.get(trial)
      if (run === undefined) continue
      if (this.#options.saveArtifact === true) await this.#upload(trial, run)
      await this.#client.endRun(run.id, status, atMs)
    }
  }

  async #begin({ trial, config, atMs }: Pending & { readonly type: 'start' }): Promise<void> {
    if (this.#runs.has(trial)) return
    const { name } = this.#start!
    const id = trialId(name, trial)
    const parent = await this.#parentRun()
    const tags = [{ key: 'mlflow.parentRunId', value: parent.id }, { key: 'trial_name', value: id }, ...this.#tags()]
    const run = await this.#client.createRun(this.#experiment!, id, atMs, tags)
    const params = Object.entries(flatConfig(config)).map(([key, value]) => ({
      key: keyOf(key),
      value: String(value).slice(0, valueLength),
    }))
    await this.#client.log(run.id, [], params)
    this.#keep(trial, run)
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
