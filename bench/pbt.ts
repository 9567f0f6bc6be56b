// Population based training beside Ray Tune's, on the problems of bench/population/training.py: ours runs, the peers' results are
// recorded (bench/peers/pbt.json, written by `npm run peers:pbt`). Needs the environment `ray`, for its NumPy alone.
//   node bench/pbt.ts [--seeds 10] [--json] [--save]
import { parseArgs } from 'node:util'

import { environment } from '../scripts/environment.ts'
import { recorded } from './population/problem.ts'
import type { Problem } from './population/problem.ts'
import { Runner } from './population/run.ts'
import type { Found, Method, ProblemName } from './population/run.ts'
import { median } from './quality/statistics.ts'
import { finish } from './results.ts'

const { values: given } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
})
const seeds = Number(given.seeds)
const names: readonly ProblemName[] = ['toy', 'digits']
const methods: readonly Method[] = ['pbt', 'pb2']
const { problems, versions } = recorded()
const interpreter = await environment('ray')

const finals: Record<string, Record<string, readonly number[]>> = {}
const versusRay: Record<Method, Record<string, number>> = { pbt: {}, pb2: {} }
/** The same where ours begins with the configurations that the peers' members began with. */
const sameBeginnings: typeof versusRay = { pbt: {}, pb2: {} }
const replays: Record<
  string,
  { readonly schedule: Found['schedule']; readonly final: number; readonly again: number }
> = {}
for (const name of names) {
  const problem = problems[name]
  const runner = new Runner(name, problem, interpreter)
  const ours: Record<string, readonly number[]> = {}
  for (const method of methods) {
    const found: Found[] = []
    const same: Found[] = []
    for (let seed = 0; seed < seeds; seed++) {
      found.push(await runner.search(method, seed))
      same.push(await runner.search(method, seed, problem.beginnings[seed]))
    }
    ours[method] = found.map(({ final }) => final)
    ours[`${method}-same`] = same.map(({ final }) => final)
    const peer = problem.finals[`ray-${method}`]
    versusRay[method][name] = advantage(problem, ours[method], peer)
    sameBeginnings[method][name] = advantage(problem, ours[`${method}-same`]!, peer)
    if (method === 'pbt') replays[name] = await replayed(runner, found)
  }
  finals[name] = { ...problem.finals, ...ours }
}
const medians = Object.fromEntries(
  Object.entries(finals).map(([name, by]) => [
    name,
    Object.fromEntries(Object.entries(by).map(([method, each]) => [method, round(median(each.slice(0, seeds)))])),
  ]),
)
const isExact = Object.values(replays).every(({ final, again }) => final === again)
const figures = {
  pbtVsRay: versusRay.pbt,
  pb2VsRay: versusRay.pb2,
  sameBeginnings,
  medians,
  replayIsExact: isExact,
  seeds,
  versions,
}
finish('pbt', figures, { finals, replays }, { json: given.json, save: given.save })

/** How much better ours ends, in units of what training gains without a population; the median over seeds. */
function advantage({ finals: { none }, untrained }: Problem, ours: readonly number[], peer: readonly number[]): number {
  const gain = untrained - median(none.slice(0, seeds))
  return round(median(ours.map((final, seed) => (peer[seed]! - final) / gain)))
}

/** The first seed's schedule, trained once more by itself. */
async function replayed(runner: Runner, [first]: readonly Found[]): Promise<(typeof replays)[string]> {
  const { schedule, final } = first!
  return { schedule, final, again: (await runner.replay(schedule, 0)).final }
}

/** Three significant digits. */
function round(value: number): number {
  return Number(value.toPrecision(3))
}
