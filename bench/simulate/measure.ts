// One measurement of `bench:simulate`, named by the argument, on the built package. Prints its figures as JSON.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

import { Tuner, asha, fifo, memory, random, simulated, uniform } from 'trialist'
import type { Callback } from 'trialist'

const measurements: Record<string, (size: number) => Promise<object>> = {
  /** Each step takes a second, so that many reports come at one instant. */
  decisions: (trials) => decisions(trials, false),
  /** Each trial has a pace of its own, so that every report comes at an instant of its own. */
  spread: (trials) => decisions(trials, true),
  million,
}
console.log(JSON.stringify(await measurements[process.argv[2]!]!(Number(process.argv[3]))))

/** ASHA on 10,000 workers: reports judged a second, CPU time of each, and how long the process's event loop was kept waiting. */
async function decisions(trials: number, spread: boolean): Promise<object> {
  await simulate('warm-up', 20_000, 1_000, { stops: true, spread })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const delays: number[] = []
  delay.enable()
  const windows = setInterval(() => {
    delays.push(delay.max / 1e6)
    delay.reset()
  }, 1_000)
  const cpu = process.cpuUsage()
  const start = performance.now()
  const reports = await simulate('decisions', trials, 10_000, { stops: true, spread })
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  clearInterval(windows)
  delays.push(delay.max / 1e6)
  return {
    reports,
    decisionsPerSec: reports / seconds,
    cpuUs: (user + system) / reports,
    loopDelayMsMax: Math.max(...delays),
  }
}

/** Trials of 10 reports each: the most memory the process ever had, and the time of the last tenth of them beside the first. */
async function million(trials: number): Promise<object> {
  await simulate('warm-up', 20_000, 1_000, { stops: false, spread: false })
  const marks: number[] = []
  const cpuMarks: number[] = []
  let ended = 0
  const tenth = trials / 10
  const mark = (): void => {
    marks.push(performance.now())
    const { user, system } = process.cpuUsage()
    cpuMarks.push((user + system) / 1000)
  }
  mark()
  const clocked: Callback = {
    onTrialEnd: () => {
      ended += 1
      if (ended % tenth === 0) mark()
    },
  }
  const reports = await simulate('million', trials, 1_000, { stops: false, spread: false }, clocked)
  const lasted = (list: readonly number[], i: number): number => list[i]! - list[i - 1]!
  return {
    reports,
    bytesPeak: process.resourceUsage().maxRSS * 1024,
    seconds: (marks.at(-1)! - marks[0]!) / 1000,
    lastToFirstTenth: lasted(marks, marks.length - 1) / lasted(marks, 1),
    lastToFirstTenthCpu: lasted(cpuMarks, marks.length - 1) / lasted(cpuMarks, 1),
    eventUs: (1000 * (cpuMarks.at(-1)! - cpuMarks[0]!)) / (reports + 3 * trials),
  }
}

interface Kind {
  readonly stops: boolean
  readonly spread: boolean
}

/** Runs it and answers how many reports there were. */
async function simulate(
  name: string,
  trials: number,
  workers: number,
  { stops, spread }: Kind,
  callback?: Callback,
): Promise<number> {
  let reports = 0
  const tuner = new Tuner({
    name,
    space: { a: uniform(0, 1), b: uniform(0, 1), c: uniform(0, 1), d: uniform(0, 1) },
    metric: 'loss',
    trainable: {
      steps: stops ? 27 : 10,
      metrics: ({ a }: { a: number }, step: number) => {
        reports += 1
        return { loss: a + 1 / step }
      },
      ...(spread && { seconds: ({ b }: { b: number }) => 1 + b }),
    },
    searcher: random(),
    scheduler: stops ? asha({ maxT: 27, graceT: 1 }) : fifo(),
    executor: simulated({ workers }),
    store: memory(),
    trials,
    seed: 1,
    log: () => {},
    ...(callback && { callbacks: [callback] }),
  })
  await tuner.fit({ progress: 'none' })
  return reports
}
