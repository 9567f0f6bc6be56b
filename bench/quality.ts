// The quality of our searchers on eight black-box problems, beside recorded curves of peers (bench/peers/README.md).
//   node bench/quality.ts [--searchers auto,tpe,gp,cmaes] [--problems branin2,…] [--seeds 10] [--json] [--save]
// A normalised regret is (value − optimum) / (median of random search after 100 − optimum); figures are medians over seeds, `seeds` says
// which. meanRank: mean over problems of the rank among the peers that have all problems and `auto` alone. family: the rank by mean regret
// among peers of the same kind, on the problems that each has. --save keeps all curves for `npm run bench:plots`.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { searchers as registry } from '../src/search/registry.ts'
import { Pool } from './pool.ts'
import type { Curve, Search } from './quality/curve.ts'
import { problems } from './quality/problems.ts'
import { bootstrap, mean, median, rankOf, tie } from './quality/statistics.ts'
import { finish } from './results.ts'

interface PeerRun {
  readonly seed: number
  readonly duplicates: number
  /** [evaluation, best loss from there on]. */
  readonly best: readonly (readonly [number, number])[]
}

const budgets = [25, 50, 100] as const
const trials = 100
/** Peers of the same kind as ours. */
const families: Readonly<Record<string, readonly string[]>> = {
  tpe: ['optuna-tpe', 'optuna-tpem', 'hyperopt'],
  gp: ['optuna-gp', 'ax', 'hebo', 'smac'],
  cmaes: ['optuna-cma'],
}

const { values: given } = parseArgs({
  options: {
    searchers: { type: 'string', default: 'auto,tpe,gp,cmaes' },
    problems: { type: 'string', default: Object.keys(problems).join() },
    seeds: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
})
const names = given.problems.split(',')
const seeds = Array.from({ length: Number(given.seeds) }, (_, seed) => seed)
const asked = given.searchers.split(',')
const ours = asked.filter((name) => registry.from({ name, options: {} }) !== undefined)
const peers = JSON.parse(readFileSync(new URL('peers/quality.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, readonly PeerRun[]>>>
>
/** Peers that ran on all of the problems. */
const complete = Object.keys(peers).filter((peer) => names.every((name) => peers[peer]![name] !== undefined))

const isWhole = names.length === Object.keys(problems).length
const variants = isWhole && ours.includes('auto')
const all: Search[] = []
for (const problem of names) {
  for (const seed of seeds) {
    for (const searcher of ours) all.push({ searcher, problem, seed, trials })
    if (!variants) continue
    all.push({ searcher: 'auto', problem, seed, trials, workers: 8 })
    all.push({ searcher: 'auto', problem, seed, trials, misleading: 50 })
  }
}
const curves = await new Pool<Search, Curve>(new URL('quality/worker.ts', import.meta.url)).run(all)

const figures: Record<string, unknown> = {
  seeds: { ...Object.fromEntries(ours.map((searcher) => [searcher, seeds])), ...seedsOfPeers() },
  missing: asked.filter((name) => !ours.includes(name)),
}
report()
finish('quality', figures, { curves: curves.filter(({ search }) => isPlain(search)).map(stepsOf) }, given)

function report(): void {
  const plain = (searcher: string): Curve[] =>
    curves.filter(({ search }) => search.searcher === searcher && isPlain(search))
  const regret: Record<string, number> = {}
  const intervals: Record<string, readonly [number, number]> = {}
  for (const searcher of ours) {
    const own = plain(searcher)
    regret[searcher] = round(meanRegretOf(own, seeds))
    intervals[searcher] = bootstrap(seeds.length, (sample) => meanRegretOf(own, sample)).map(round) as [number, number]
    table(searcher, own)
  }
  for (const peer of complete)
    regret[peer] = round(mean(names.flatMap((name) => budgets.map((budget) => peerRegret(peer, name, budget)))))
  Object.assign(figures, { meanRegret: regret, meanRegretInterval: intervals })
  const against = Object.fromEntries(
    ours
      .filter((searcher) => families[searcher] !== undefined)
      .map((searcher) => [searcher, familyOf(searcher, plain(searcher))]),
  )
  figures['family'] = Object.fromEntries(Object.entries(against).map(([searcher, { rank }]) => [searcher, rank]))
  figures['familyRegret'] = Object.fromEntries(Object.entries(against).map(([searcher, { of }]) => [searcher, of]))
  if (ours.includes('auto')) reportAuto(plain('auto'))
}

function reportAuto(own: readonly Curve[]): void {
  const ranks = budgets.map((budget) => [budget, ranksAt(own, budget)] as const)
  figures['meanRank'] = Object.fromEntries(
    ['auto', ...complete].map((name) => [name, Object.fromEntries(ranks.map(([budget, at]) => [budget, at[name]!]))]),
  )
  const wins = names.filter((name) => {
    const best = Math.min(...complete.map((peer) => peerRegret(peer, name, trials)))
    return regretOf(own, name, trials, seeds) <= best + tie
  })
  figures['autoWins'] = wins.length
  const discrete = own.filter(({ search }) => search.problem === 'discrete6')
  figures['duplicates'] = discrete.reduce((most, { duplicates }) => Math.max(most, duplicates), 0)
  if (!variants) return
  const parallel = curves.filter(({ search }) => search.workers !== undefined)
  const misled = curves.filter(({ search }) => search.misleading !== undefined)
  const at = (some: readonly Curve[], budget: number): number =>
    mean(names.map((name) => regretOf(some, name, budget, seeds)))
  figures['parallel8'] = round(mean(budgets.map((budget) => at(parallel, budget) - at(own, budget))))
  figures['parallel8At'] = Object.fromEntries(
    budgets.map((budget) => [budget, round(at(parallel, budget) - at(own, budget))]),
  )
  figures['warmStartDelta'] = round(at(misled, 50) - at(own, 50))
}

/** Mean rank over problems among the complete peers and ours alone, for each of them. */
function ranksAt(own: readonly Curve[], budget: number): Record<string, number> {
  const entrants = ['auto', ...complete]
  const ranks = Object.fromEntries(entrants.map((name) => [name, [] as number[]]))
  for (const name of names) {
    const values = entrants.map((entrant) =>
      entrant === 'auto' ? regretOf(own, name, budget, seeds) : peerRegret(entrant, name, budget),
    )
    entrants.forEach((entrant, i) =>
      ranks[entrant]!.push(
        rankOf(
          values[i]!,
          values.filter((_, j) => j !== i),
          1e-9,
        ),
      ),
    )
  }
  return Object.fromEntries(entrants.map((entrant) => [entrant, round(mean(ranks[entrant]!))]))
}

/** Our rank in the family by mean regret over the problems that a peer has, and for each peer our regret on these and its own. */
function familyOf(
  searcher: string,
  own: readonly Curve[],
): { readonly rank: number; readonly of: Readonly<Record<string, readonly [number, number]>> } {
  const beaten: Record<string, readonly [number, number]> = {}
  for (const peer of families[searcher]!.filter((each) => peers[each] !== undefined)) {
    const shared = names.filter((name) => peers[peer]![name] !== undefined)
    if (shared.length === 0) continue
    const mine = mean(shared.flatMap((name) => budgets.map((budget) => regretOf(own, name, budget, seeds))))
    const theirs = mean(shared.flatMap((name) => budgets.map((budget) => peerRegret(peer, name, budget))))
    beaten[peer] = [round(mine), round(theirs)]
  }
  return { rank: 1 + Object.values(beaten).filter(([mine, theirs]) => theirs < mine).length, of: beaten }
}

function meanRegretOf(own: readonly Curve[], sample: readonly number[]): number {
  return mean(names.flatMap((name) => budgets.map((budget) => regretOf(own, name, budget, sample))))
}

/** The median over seeds, `sample` says which; these may repeat. */
function regretOf(own: readonly Curve[], name: string, budget: number, sample: readonly number[]): number {
  const bySeed = new Map(
    own.filter(({ search }) => search.problem === name).map((curve) => [curve.search.seed, curve.best[budget - 1]!]),
  )
  return normalised(name, median(sample.map((seed) => bySeed.get(seed)!)))
}

function peerRegret(peer: string, name: string, budget: number): number {
  return normalised(name, median(peers[peer]![name]!.map((run) => bestAt(run, budget))))
}

function bestAt({ best }: PeerRun, budget: number): number {
  return best.filter(([evaluation]) => evaluation <= budget).at(-1)![1]
}

function normalised(name: string, value: number): number {
  const { optimum } = problems[name]!
  const random = median(peers['random']![name]!.map((run) => bestAt(run, 100)))
  return (value - optimum) / (random - optimum)
}

/** The seeds behind the figures of each peer; where problems differ in them, those that any has. */
function seedsOfPeers(): Record<string, readonly number[]> {
  const used = Object.keys(peers).filter((peer) => names.some((name) => peers[peer]![name] !== undefined))
  return Object.fromEntries(
    used.map((peer) => {
      const own = names.flatMap((name) => (peers[peer]![name] ?? []).map(({ seed }) => seed))
      return [peer, [...new Set(own)].toSorted((a, b) => a - b)]
    }),
  )
}

/** A curve as the evaluations at which it falls, as peers' are kept. */
function stepsOf({ search: { searcher, problem, seed }, best }: Curve): Record<string, unknown> {
  const steps = best.flatMap((value, i) =>
    i === 0 || value < best[i - 1]! ? [[i + 1, Number(value.toPrecision(6))]] : [],
  )
  return { searcher, problem, seed, best: steps }
}

function isPlain({ workers, misleading }: Search): boolean {
  return workers === undefined && misleading === undefined
}

function table(searcher: string, own: readonly Curve[]): void {
  if (given.json) return
  console.log(
    `\n${searcher}: normalised regret at 25, 50, 100 (seeds 0–${seeds.length - 1}), the best peer at each, CPU ms a suggestion`,
  )
  for (const name of names) {
    const cells = budgets.map((budget) => regretOf(own, name, budget, seeds).toFixed(4))
    const best = budgets.map((budget) => {
      const [peer, value] = complete
        .map((each) => [each, peerRegret(each, name, budget)] as const)
        .toSorted((a, b) => a[1] - b[1])[0]!
      return `${value.toFixed(4)} ${peer}`
    })
    const askMs = mean(own.filter(({ search }) => search.problem === name).map((curve) => curve.askMs))
    console.log(`  ${name.padEnd(15)} ${cells.join('  ')}   ${best.join(' | ')}   ${askMs.toFixed(1)}`)
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
