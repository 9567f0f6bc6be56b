// One search on one task, through the whole tuner on virtual time: when its incumbent was good enough.
import { parentPort } from 'node:worker_threads'

import { schedulers } from '../../src/schedule/registry.ts'
import { compileSpace } from '../../src/space/compile.ts'
import { lossOf } from '../../src/trial/objective.ts'
import type { StopperFactory } from '../../src/stop/stopper.ts'
import { memory } from '../../src/store/memory.ts'
import { simulated, Tuner } from '../../src/tune.ts'
import { tasksIn } from './tasks.ts'
import type { Task } from './tasks.ts'

export interface TaskSearch {
  readonly data: string
  readonly task: string
  readonly scheduler: string
  readonly options: Readonly<Record<string, unknown>>
  readonly searcher: string
  readonly workers: number
  readonly seed: number
}

export interface TaskTime {
  readonly search: TaskSearch
  /** Virtual seconds; null where the aim was not reached within the horizon. */
  readonly reached: number | null
}

let tasks: readonly Task[] | undefined

parentPort!.on('message', (search: TaskSearch) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  void play(search).then((time) => parentPort!.postMessage(time))
})

async function play(search: TaskSearch): Promise<TaskTime> {
  tasks ??= tasksIn(search.data).tasks
  const task = tasks.find(({ name }) => name === search.task)!
  const table = search.seed % task.seeds
  // Read back from the space, as trials get them: their floats may differ from the table's in the last digits.
  const space = compileSpace(task.space, { candidates: task.candidates })
  const rows = new Map(space.candidates!.map((point, row) => [keyOf(space.decode(point)), row]))
  const known = new WeakMap<object, number>()
  const rowOf = (config: Readonly<Record<string, unknown>>): number => {
    const row = known.get(config) ?? rows.get(keyOf(config))!
    known.set(config, row)
    return row
  }
  const found: { reached: number | null } = { reached: null }
  const tuner = new Tuner({
    name: 'task',
    space: task.space,
    candidates: task.candidates,
    metric: 'loss',
    trainable: {
      steps: (config) => task.curve(table, rowOf(config)).losses.length,
      seconds: (config, step) => task.curve(table, rowOf(config)).seconds[step - 1]!,
      metrics: (config, step) => {
        const loss = task.curve(table, rowOf(config)).losses[step - 1]!
        if (Number.isNaN(loss)) throw new Error('the training diverged')
        return { loss, row: rowOf(config) }
      },
    },
    searcher: search.searcher as 'auto',
    scheduler: schedulers.from({ name: search.scheduler, options: search.options })!,
    stop: aim(task, table, found),
    executor: simulated({ workers: search.workers, checkpointEvery: 1 }),
    store: memory(),
    time: task.horizon,
    seed: search.seed,
    log: () => {},
  })
  await tuner.fit({ progress: 'none', resume: false })
  return { search, reached: found.reached }
}

/** Ends the experiment once the best value that was reported is that of a configuration that is good enough. */
function aim(task: Task, table: number, found: { reached: number | null }): StopperFactory {
  return {
    name: 'aim',
    options: {},
    create: ({ now, objectives }) => {
      let best = Infinity
      return {
        observe(event) {
          if (event.type !== 'reported' || found.reached !== null) return
          const loss = lossOf(event.values[0]!, objectives[0]!.mode)
          if (!(loss < best)) return
          best = loss
          if (task.reached(table, event.others!['row']!, loss)) found.reached = now() / 1000
        },
        stopExperiment: () => (found.reached === null ? undefined : 'the aim is reached'),
      }
    },
  }
}

function keyOf(config: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(config, Object.keys(config).toSorted())
}
