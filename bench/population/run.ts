// One population on one problem of bench:pbt, through the whole tuner: trials are Python processes that run training.py.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { sqlite } from '../../src/store/sqlite.ts'
import { python } from '../../src/trainable/external.ts'
import { pb2 } from '../../src/schedule/pb2.ts'
import { pbtReplay } from '../../src/schedule/pbt-replay.ts'
import { pbt } from '../../src/schedule/pbt.ts'
import type { SchedulerFactory } from '../../src/schedule/scheduler.ts'
import { Tuner } from '../../src/tune.ts'
import { spaceOf } from './problem.ts'
import type { Config, Problem } from './problem.ts'

export type Method = 'pbt' | 'pb2'

export interface Found {
  /** What the member with the lowest loss has at the end. */
  readonly final: number
  /** The schedule that led to it. */
  readonly schedule: readonly { readonly from: number; readonly to: number; readonly config: Config }[]
}

const classes = { toy: 'Toy', digits: 'Digits' } as const
const training = fileURLToPath(new URL('training.py', import.meta.url))

export type ProblemName = keyof typeof classes

/** Runs on one problem, with the interpreter that has NumPy. */
export class Runner {
  readonly #name: ProblemName
  readonly #problem: Problem
  readonly #interpreter: string

  constructor(name: ProblemName, problem: Problem, interpreter: string) {
    this.#name = name
    this.#problem = problem
    this.#interpreter = interpreter
  }

  /**
   * Members wait for each other, as in the peers' runs, so that what comes out follows from the seed. They begin with what the default
   * searcher proposes, or with `beginnings`.
   */
  search(method: Method, seed: number, beginnings: readonly Config[] = []): Promise<Found> {
    const { interval, space, members } = this.#problem
    const options = { interval, synch: true, mutate: Object.keys(space) }
    return this.#run(method === 'pbt' ? pbt(options) : pb2(options), seed, members, beginnings)
  }

  /** Trains one member by a schedule that was found. */
  replay(schedule: Found['schedule'], seed: number): Promise<Found> {
    return this.#run(pbtReplay({ schedule }), seed, 1, [schedule[0]!.config])
  }

  async #run(
    scheduler: SchedulerFactory,
    seed: number,
    trials: number,
    initialConfigs: readonly Config[],
  ): Promise<Found> {
    const folder = mkdtempSync(join(tmpdir(), 'trialist-bench-'))
    try {
      const results = await new Tuner({
        name: 'population',
        space: spaceOf(this.#problem, seed),
        metric: 'loss',
        trainable: python(`${training}:${classes[this.#name]}`, { interpreter: this.#interpreter, reuse: true }),
        initialConfigs,
        trials,
        concurrency: 2,
        scheduler,
        seed,
        store: sqlite({ root: folder }),
        log: () => {},
      }).fit({ progress: 'none', resume: false })
      const { best } = results
      if (best.step !== this.#problem.steps) throw new Error(`the best member ended at step ${best.step}`)
      const schedule = best.lineage.map(({ from, to, config }) => ({ from, to, config: config as Config }))
      return { final: best.metrics['final']!, schedule }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
