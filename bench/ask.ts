// The time of a suggestion in 10 continuous dimensions, one at a time, on one thread: medians in milliseconds.
//   node bench/ask.ts [--json] [--save]
// gpTrial: a result is told, and the next suggestion asked for, with all fits that this causes; gpAsk: the suggestion alone; both are CPU
// time. reportP99Ms: of a trial's reports in a real tuner, while a Gaussian process of 500 trials answers for others.
import { purpose, stream } from '../src/base/random.ts'
import { searchers } from '../src/search/registry.ts'
import { compileSpace } from '../src/space/compile.ts'
import { uniform } from '../src/space/index.ts'
import { Rehearsal } from '../src/testing/rehearsal.ts'
import { reportTimes } from './ask/reports.ts'
import { mean, median } from './quality/statistics.ts'
import { finish } from './results.ts'

const dimensions = 10
const space = compileSpace(Object.fromEntries(Array.from({ length: dimensions }, (_, i) => [`x${i}`, uniform(0, 1)])))
const random = stream(1, purpose.simulate)

const figures = {
  tpe: asks('tpe', [100, 1_000, 10_000], 200),
  cmaes: asks('cmaes', [1_000, 10_000], 200),
  random: asks('random', [1_000], 200)['1000'],
  sobol: asks('sobol', [1_000], 200)['1000'],
  ...gp([100, 200, 500]),
  ...Object.fromEntries(Object.entries(await reportTimes(loss)).map(([name, value]) => [name, round(value)])),
}
finish('ask', figures, {}, { json: process.argv.includes('--json'), save: process.argv.includes('--save') })

/** A quadratic bowl with a ripple. */
function loss(point: Float64Array): number {
  const bowl = point.reduce((sum, u, i) => sum + (i + 1) * (u - 0.3 - 0.03 * i) ** 2, 0)
  return bowl + 0.3 * Math.sin(9 * point[0]! * point[1]!)
}

/** A search of which so many trials are over, some anywhere and the others near each other. */
function rehearsalOf(searcher: string, trials: number): Rehearsal | undefined {
  const factory = searchers.from({ name: searcher, options: {} })
  if (factory === undefined) return undefined
  const rehearsal = new Rehearsal(factory, space, 1, { metric: 'loss', mode: 'min' }, 1e6)
  for (let i = 0; i < trials; i++) {
    const point = new Float64Array(dimensions).map(() => (i % 3 === 0 ? random.float() : 0.2 + 0.3 * random.float()))
    rehearsal.know(point, loss(point))
  }
  return rehearsal
}

function asks(searcher: string, counts: readonly number[], repeats: number): Record<string, number> {
  const result: Record<string, number> = {}
  for (const count of counts) {
    const rehearsal = rehearsalOf(searcher, count)
    if (rehearsal === undefined) continue
    const times: number[] = []
    for (let i = 0; i < repeats; i++) {
      const before = performance.now()
      const [trial] = rehearsal.ask(1)
      times.push(performance.now() - before)
      rehearsal.report(trial!, loss(rehearsal.point(trial!)))
      rehearsal.end(trial!, 'completed')
    }
    result[String(count)] = round(median(times.slice(repeats / 2)))
  }
  return result
}

function gp(counts: readonly number[]): Record<string, Record<string, number>> {
  const result: Record<string, Record<string, number>> = { gpTrial: {}, gpTrialMean: {}, gpAsk: {} }
  for (const count of counts) {
    const rehearsal = rehearsalOf('gp', count)!
    const trials: number[] = []
    const alone: number[] = []
    rehearsal.searcher.suggest(1)
    for (let i = 0; i < 40; i++) {
      const [trial] = rehearsal.ask(1)
      const before = process.cpuUsage()
      rehearsal.report(trial!, loss(rehearsal.point(trial!)))
      rehearsal.end(trial!, 'completed')
      rehearsal.searcher.suggest(1)
      trials.push(cpuMsSince(before))
      // The fits are done: what is left is the suggestion.
      const start = process.cpuUsage()
      rehearsal.searcher.suggest(1)
      alone.push(cpuMsSince(start))
    }
    result['gpTrial']![String(count)] = round(median(trials))
    result['gpTrialMean']![String(count)] = round(mean(trials))
    result['gpAsk']![String(count)] = round(median(alone))
  }
  return result
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}
