// Learning curves as tasks for schedulers: LCBench tables, ARLBench, AlgoPerf. Every value is a loss, smaller is better.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { choice, int, loguniform, logint, uniform, when } from '../../src/space/index.ts'
import type { Space } from '../../src/space/types.ts'

/** One table: candidates, each with a curve for every seed of the table. */
export interface Task {
  readonly name: string
  readonly family: 'lcbench' | 'arlbench' | 'algoperf'
  readonly space: Space
  readonly candidates: readonly Readonly<Record<string, unknown>>[]
  /** Steps of a complete training, at most. */
  readonly steps: number
  /** Of the table: a simulation with seed s is fed the curves of seed s modulo this. */
  readonly seeds: number
  /** Virtual seconds of a simulation: those of 20 full trainings. */
  readonly horizon: number
  curve(seed: number, candidate: number): Curve
  /** Whether the search has reached its aim when this candidate is the incumbent, with `loss` the best that was reported. */
  reached(seed: number, candidate: number, loss: number): boolean
}

/** What a training would report, step by step; NaN: it fails there. */
export interface Curve {
  readonly losses: Float64Array
  /** Of each step. */
  readonly seconds: Float64Array
}

/** Full trainings that fit into a simulation, for each worker. */
const trainings = 20
/** Normalised regret at which a search has reached its aim. */
const aim = 0.01

/** The tasks in a folder of benchmark data; `missing` names those folders that are not there. */
export function tasksIn(data: string): { readonly tasks: readonly Task[]; readonly missing: readonly string[] } {
  const families = { lcbench_tables: lcbench, arlbench, algoperf }
  const missing = Object.keys(families).filter((folder) => !existsSync(join(data, folder)))
  const tasks = Object.entries(families).flatMap(([folder, read]) =>
    missing.includes(folder) ? [] : read(join(data, folder)),
  )
  return { tasks, missing }
}

/** Every second task of a family is for development, the others are only ever judged on. */
export function isDev(task: Task, tasks: readonly Task[]): boolean {
  return tasks.filter(({ family }) => family === task.family).indexOf(task) % 2 === 0
}

function lcbench(folder: string): Task[] {
  const meta = jsonIn(folder, 'meta.json') as {
    readonly config_columns: readonly string[]
    readonly n_configs: number
    readonly n_epochs: number
    readonly tasks: readonly { readonly task: string; readonly file: string }[]
  }
  const { config_columns: columns, n_configs: n, n_epochs: steps } = meta
  const cells = floatsIn(folder, 'configs.f32')
  const space = {
    batch_size: logint(16, 512),
    learning_rate: loguniform(1e-4, 1e-1),
    momentum: uniform(0.1, 0.99),
    weight_decay: uniform(1e-5, 1e-1),
    num_layers: int(1, 5),
    max_units: logint(64, 1024),
    max_dropout: uniform(0, 1),
  }
  const candidates = Array.from({ length: n }, (_, row) =>
    Object.fromEntries(columns.map((name, i) => [name, cells[row * columns.length + i]!])),
  )
  return meta.tasks.map(({ task, file }) => {
    const values = floatsIn(folder, file)
    const at = (metric: number, row: number, step: number): number => values[(metric * n + row) * steps + step]!
    const curves = candidates.map((_, row) => ({
      losses: Float64Array.from({ length: steps }, (__, step) => -at(0, row, step)),
      // The surrogate's time may stand still.
      seconds: Float64Array.from({ length: steps }, (__, step) =>
        Math.max(1e-3, at(2, row, step) - (step === 0 ? 0 : at(2, row, step - 1))),
      ),
    }))
    const regrets = normalised(curves.map(({ losses }) => losses[steps - 1]!))
    return {
      name: `lcbench-${task}`,
      family: 'lcbench',
      space,
      candidates,
      steps,
      seeds: 1,
      horizon: trainings * meanTime(curves),
      curve: (_, candidate) => curves[candidate]!,
      reached: (_, candidate) => regrets[candidate]! <= aim,
    }
  })
}

interface ArlHeader {
  readonly name: string
  readonly file: string
  readonly budgets: readonly number[]
  readonly space: readonly ArlParameter[]
  readonly conditions: Readonly<Record<string, { readonly parent: string; readonly in: readonly unknown[] }>>
  readonly configs: readonly Readonly<Record<string, unknown>>[]
}

interface ArlParameter {
  readonly name: string
  readonly type: 'categorical' | 'int' | 'float'
  readonly choices?: readonly [unknown, ...unknown[]]
  readonly low?: number
  readonly high?: number
  readonly log?: boolean
}

/** Ten budgets of equal length, so that a step is a second. */
function arlbench(folder: string): Task[] {
  return headersIn(folder).map((file) => {
    const header = jsonIn(folder, file) as ArlHeader
    const values = floatsIn(folder, header.file)
    const steps = header.budgets.length
    const n = header.configs.length
    const seeds = values.length / n / steps
    const at = (row: number, seed: number, step: number): number => values[(row * seeds + seed) * steps + step]!
    const seconds = new Float64Array(steps).fill(1)
    const lowest = values.reduce((low, value) => (value < low ? value : low), Infinity)
    /** The mean of the seeds that the search does not see; a run that diverged is as bad as the worst. */
    const unseen = (row: number, seed: number): number => {
      let sum = 0
      for (let other = 0; other < seeds; other++) {
        const value = at(row, other, steps - 1)
        if (other !== seed) sum += Number.isNaN(value) ? lowest : value
      }
      return -sum / (seeds - 1)
    }
    const regrets = Array.from({ length: seeds }, (_, seed) =>
      normalised(header.configs.map((__, row) => unseen(row, seed))),
    )
    return {
      name: `arlbench-${header.name}`,
      family: 'arlbench',
      space: arlSpace(header),
      candidates: header.configs,
      steps,
      seeds,
      horizon: trainings * steps,
      curve: (seed, row) => ({
        losses: Float64Array.from({ length: steps }, (_, step) => -at(row, seed, step)),
        seconds,
      }),
      reached: (seed, row) => regrets[seed]![row]! <= aim,
    }
  })
}

function arlSpace({ space, conditions }: ArlHeader): Space {
  return Object.fromEntries(
    space.map(({ name, type, choices, low, high, log }) => {
      const scales = type === 'int' ? (log ? logint : int) : log ? loguniform : uniform
      const parameter = type === 'categorical' ? choice(...choices!) : scales(low!, high!)
      const condition = conditions[name]
      return [name, condition === undefined ? parameter : when(condition.parent, [...condition.in] as never, parameter)]
    }),
  )
}

interface AlgoHeader {
  readonly workload: string
  readonly file: string
  readonly direction: 'minimize' | 'maximize'
  readonly target: number
  readonly curves: readonly {
    readonly submission: string
    readonly setting: number
    readonly offset: number
    readonly n: number
  }[]
}

/** A step is an evaluation. Those that have no value are left out, and their time counts for the next one. */
function algoperf(folder: string): Task[] {
  return headersIn(folder).map((file) => {
    const header = jsonIn(folder, file) as AlgoHeader
    const points = floatsIn(folder, header.file)
    const sign = header.direction === 'minimize' ? 1 : -1
    const runs = new Map<string, Curve[]>()
    for (const { submission, setting, offset, n } of header.curves) {
      const curve = algoCurve(points.subarray(4 * offset, 4 * (offset + n)), sign)
      if (curve.losses.length === 0) continue
      const key = JSON.stringify({ submission, setting: String(setting) })
      runs.set(key, [...(runs.get(key) ?? []), curve])
    }
    const candidates = [...runs.keys()].map((key) => JSON.parse(key) as { submission: string; setting: string })
    const curves = [...runs.values()]
    const options = (name: 'submission' | 'setting'): [string, ...string[]] =>
      [...new Set(candidates.map((config) => config[name]))] as [string, ...string[]]
    const target = sign * header.target
    return {
      name: `algoperf-${header.workload}`,
      family: 'algoperf',
      space: { submission: choice(...options('submission')), setting: choice(...options('setting')) },
      candidates,
      steps: Math.max(...curves.flat().map(({ losses }) => losses.length)),
      seeds: Math.max(...curves.map((each) => each.length)),
      horizon: trainings * meanTime(curves.flat()),
      curve: (seed, row) => curves[row]![seed % curves[row]!.length]!,
      reached: (_, __, loss) => loss <= target,
    }
  })
}

function algoCurve(points: Float64Array, sign: number): Curve {
  const losses: number[] = []
  const seconds: number[] = []
  let before = 0
  for (let i = 0; i < points.length; i += 4) {
    const value = points[i + 2]!
    if (Number.isNaN(value)) continue
    losses.push(sign * value)
    seconds.push(Math.max(1e-3, points[i + 1]! - before))
    before = points[i + 1]!
  }
  return { losses: Float64Array.from(losses), seconds: Float64Array.from(seconds) }
}

/** (value − best) / (median − best). */
function normalised(losses: readonly number[]): readonly number[] {
  const sorted = losses.toSorted((a, b) => a - b)
  const best = sorted[0]!
  const median = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
  return losses.map((loss) => (loss - best) / (median - best))
}

function meanTime(curves: readonly Curve[]): number {
  return curves.reduce((sum, { seconds }) => sum + seconds.reduce((a, b) => a + b, 0), 0) / curves.length
}

function headersIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
}

function jsonIn(folder: string, file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}

function floatsIn(folder: string, file: string): Float64Array {
  const bytes = readFileSync(join(folder, file))
  return Float64Array.from(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)))
}
