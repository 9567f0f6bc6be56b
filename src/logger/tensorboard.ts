import { appendFile } from 'node:fs/promises'
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

import { knownOptions, wrongOption } from '../base/check.ts'
import { wallTimeMs } from '../base/clock.ts'
import { Batch } from './batch.ts'
import type { Callback, ExperimentStart, TrialEnd, TrialReport, TrialStart } from './callback.ts'
import { fileVersion, hparams, scalars, sessionEnd, sessionStart } from './event-file.ts'
import { flatConfig, folderOf, queueLimit, trialFolder, trialId } from './trial-folder.ts'

export interface TensorBoardOptions {
  /** The folder for `tensorboard --logdir`, one folder a trial in it. Default: the trials' own folders. */
  readonly folder?: string
}

/** Time between two writes. Milliseconds. */
const periodMs = 500

interface Pending {
  readonly file: string
  readonly data: Buffer
}

/** Event files for TensorBoard: the metrics of each trial by step, and its configuration and end for the HParams page. */
export function tensorBoard(options: TensorBoardOptions = {}): Callback {
  knownOptions('tensorBoard()', options, ['folder'])
  if (options.folder !== undefined && typeof options.folder !== 'string') {
    throw wrongOption('tensorBoard(): folder', 'the path of a folder', options.folder)
  }
  return new EventFiles(options)
}

class EventFiles implements Callback {
  readonly name = 'tensorboard'
  readonly #options: TensorBoardOptions
  readonly #batch: Batch<Pending> = new Batch({ write: (pending) => write(pending), periodMs, limit: queueLimit })
  #folder = ''
  #experiment = ''
  /** The file of each trial in this session, and the newest step in it. */
  readonly #files = new Map<number, { readonly path: string; step: number }>()

  constructor(options: TensorBoardOptions) {
    this.#options = options
  }

  get room(): Promise<void> | undefined {
    return this.#batch.room
  }

  onExperimentStart(start: ExperimentStart): void {
    this.#experiment = start.name
    this.#folder = this.#options.folder === undefined ? folderOf(start) : resolve(this.#options.folder, start.name)
  }

  onTrialStart({ trial, config }: TrialStart): void {
    if (this.#files.has(trial)) return
    const seconds = wallTimeMs() / 1000
    const name = `events.out.tfevents.${Math.floor(seconds)}.${hostname()}.${process.pid}.${trial}`
    const path = join(this.#folderOf(trial), name)
    this.#files.set(trial, { path, step: -Infinity })
    this.#put(path, fileVersion(seconds))
    this.#put(path, hparams(seconds, trialId(this.#experiment, trial), flatConfig(config)))
  }

  onReport({ trial, step, metrics }: TrialReport): void {
    const file = this.#files.get(trial)
    if (file === undefined) return
    const seconds = wallTimeMs() / 1000
    // What comes again, or was written by an earlier session, counts no longer.
    if (step <= file.step || file.step === -Infinity) this.#put(file.path, sessionStart(seconds, step))
    file.step = step
    this.#put(file.path, scalars(seconds, step, metrics))
  }

  onTrialEnd({ trial, state }: TrialEnd): void {
    const file = this.#files.get(trial)
    if (file === undefined || state === 'pending' || state === 'paused') return
    this.#put(file.path, sessionEnd(wallTimeMs() / 1000, state === 'failed'))
  }

  onExperimentEnd(): Promise<void> {
    return this.#batch.close()
  }

  #folderOf(trial: number): string {
    if (this.#options.folder === undefined) return trialFolder(this.#folder, trial)
    const path = join(this.#folder, trialId(this.#experiment, trial))
    mkdirSync(path, { recursive: true })
    return path
  }

  #put(file: string, data: Buffer): void {
    this.#batch.push({ file, data })
  }
}

async function write(pending: readonly Pending[]): Promise<void> {
  const byFile = new Map<string, Buffer[]>()
  for (const { file, data } of pending) {
    const known = byFile.get(file)
    if (known === undefined) byFile.set(file, [data])
    else known.push(data)
  }
  for (const [file, parts] of byFile) await appendFile(file, Buffer.concat(parts))
}
