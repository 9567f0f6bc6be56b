// The tables in docs that say what benchmarks found, as Markdown, so that they are what was measured.
import { problems } from '../quality/problems.ts'
import { tie } from '../quality/statistics.ts'
import { saved } from '../results.ts'
import type { Machine } from '../results.ts'
import { savedQuality, trials } from './curves.ts'
import type { Curves, QualityFigures } from './curves.ts'
import { methodOf } from './methods.ts'
import { seedsOf } from './quality.ts'
import { schedulersText } from './schedulers.ts'

const budgets = [25, 50, 100] as const

/** Markdown by the name of the place where it stands; none where the benchmark has not been saved. */
export function texts(): Record<string, string> {
  return {
    ...qualityTexts(),
    ...tablesText(),
    ...bbobText(),
    ...frontsText(),
    ...askText(),
    ...schedulersText(),
    ...ablationsText('tpe'),
    ...ablationsText('cmaes'),
  }
}

function qualityTexts(): Record<string, string> {
  const result = savedQuality()
  if (result === undefined) return {}
  const { figures, curves } = result
  return { quality: qualityTable(figures, curves), regret: regretTable(figures, curves) }
}

function qualityTable(figures: QualityFigures, curves: Curves): string {
  const { meanRank, meanRegret, autoWins, family, familyRegret, parallel8, parallel8At, duplicates } = figures
  const [low, high] = figures.meanRegretInterval['auto']!
  const peers = sortedBy(curves.complete.filter(isPeer), (name) => meanRegret[name]!)
  const nextAt = (budget: 25 | 50 | 100): string => {
    const [name] = sortedBy(Object.keys(meanRank).filter(isPeer), (each) => meanRank[each]![budget])
    return `${called(name!)} ${shown(meanRank[name!]![budget])}`
  }
  const familyRow = (name: string): readonly string[] => {
    const against = Object.entries(familyRegret[name]!).map(([peer, [own, theirs]]) => {
      return `${called(peer)} ${shown(theirs)}${own === meanRegret[name] ? '' : ` (here ${shown(own)})`}`
    })
    return [`\`family.${name}\`: rank`, '1', `${family[name]}: ${shown(meanRegret[name]!)}; ${against.join(', ')}`]
  }
  const rows = [
    ...budgets.map((budget) => [
      `\`meanRank.auto\` after ${budget}`,
      'first',
      `${shown(meanRank['auto']![budget])} of ${Object.keys(meanRank).length}; next ${nextAt(budget)}`,
    ]),
    ['`autoWins`, of 8, within a tie', '≥ 6', String(autoWins)],
    [
      '`meanRegret.auto`',
      'below every peer’s',
      `${shown(meanRegret['auto']!)} (${shown(low)} to ${shown(high)} over resampled seeds); ${peers
        .map((name) => `${called(name)} ${shown(meanRegret[name]!)}`)
        .join(', ')}`,
    ],
    ...Object.keys(family).map(familyRow),
    [
      '`parallel8`',
      '≤ +0.02',
      `${signed(parallel8)}: ${budgets.map((each) => `${signed(parallel8At[each])} after ${each}`).join(', ')}`,
    ],
    ['`duplicates` on discrete6', '0', String(duplicates)],
    ['`warmStartDelta`', '≤ +0.02', signed(figures.warmStartDelta)],
  ]
  return [
    table(['field', 'target', 'measured'], rows),
    `${seedsOf(figures.seeds, Object.keys(figures.seeds))}. ${measuredOn(figures)}`,
    losses(curves),
  ].join('\n\n')
}

/** Where a peer is ahead by more than a tie. */
function losses(curves: Curves): string {
  const lost = Object.keys(problems).flatMap((problem) =>
    budgets.flatMap((budget) => {
      const own = curves.regret('auto', problem, budget)
      const ahead = curves.complete.filter((name) => isPeer(name) && curves.regret(name, problem, budget) < own - tie)
      const best = sortedBy(ahead, (name) => curves.regret(name, problem, budget))[0]
      if (best === undefined) return []
      return [
        `${problem} after ${budget} (${shown(own)}; ${called(best)} ${shown(curves.regret(best, problem, budget))})`,
      ]
    }),
  )
  return `Where \`auto\` is behind a peer by more than a tie: ${lost.length === 0 ? 'nowhere' : lost.join('; ')}.`
}

function regretTable({ seeds }: QualityFigures, curves: Curves): string {
  const names = sortedBy(
    curves.complete.filter((name) => name !== 'gp' && name !== 'optuna-tpem'),
    (name) => curves.meanRegret(name, trials),
  )
  const rows = budgets.map((budget) => [
    `${budget} trials`,
    ...names.map((name) => shown(curves.meanRegret(name, budget))),
  ])
  const head = ['mean over the problems after', ...names.map((name) => (isPeer(name) ? called(name) : `\`${name}\``))]
  return `${table(head, rows)}\n\n${seedsOf(seeds, names)}.`
}

interface TableFigures extends Machine {
  readonly meanRegret: Readonly<Record<string, Readonly<Record<25 | 50 | 100, number>>>>
  readonly seeds: Readonly<Record<string, readonly number[]>>
}
type Quartiles = Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>

function tablesText(): Record<string, string> {
  const result = saved<TableFigures, { readonly quartiles: Quartiles }>('tables')
  if (result === undefined) return {}
  const { figures, details } = result
  const names = Object.keys(figures.meanRegret)
  const rows = budgets.map((budget) => [
    `${budget} trials`,
    ...names.map((name) => shown(figures.meanRegret[name]![budget])),
  ])
  const at = (name: string, method: string): number => details.quartiles[name]![method]!.at(-1)![1]!
  const lost = Object.keys(details.quartiles).flatMap((name) => {
    const ahead = names.filter((method) => isPeer(method) && at(name, method) < at(name, 'auto') - tie)
    const best = sortedBy(ahead, (method) => at(name, method))[0]
    return best === undefined ? [] : [`${name} (${shown(at(name, 'auto'))}; ${called(best)} ${shown(at(name, best))})`]
  })
  const behind = `Where \`auto\` is behind after 100 trials: ${lost.length === 0 ? 'nowhere' : lost.join('; ')}.`
  const head = ['mean normalised regret after', ...names.map((name) => (isPeer(name) ? called(name) : `\`${name}\``))]
  return { tables: [table(head, rows), `${seedsOf(figures.seeds, names)}. ${behind}`].join('\n\n') }
}

interface BbobFigures extends Machine {
  readonly meanRegret: Readonly<Record<string, Readonly<Record<string, Readonly<Record<25 | 50 | 100, number>>>>>>
  readonly wins: Readonly<Record<string, number>>
  readonly of: number
  readonly seeds: Readonly<Record<string, readonly number[]>>
}

/** By method, dimension, function and budget. */
type BbobRegrets = Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>

function bbobText(): Record<string, string> {
  const result = saved<BbobFigures, { readonly regrets: BbobRegrets }>('bbob')
  if (result === undefined) return {}
  const { meanRegret, wins, of, seeds } = result.figures
  const dimensions = Object.keys(Object.values(meanRegret)[0]!)
  const rows = Object.keys(meanRegret).map((name) => [
    isPeer(name) ? called(name) : `\`${name}\``,
    ...dimensions.map((d) => budgets.map((budget) => shown(meanRegret[name]![d]![budget])).join(' / ')),
    String(wins[name]),
  ])
  const head = ['method', ...dimensions.map((d) => `d = ${d}`), `wins of ${of}`]
  const instances = Object.values(seeds)[0]!
  const behind = `Instances ${Math.min(...instances)}–${Math.max(...instances)}; mean normalised regret after 25 / 50 / 100 trials; ties within 0.01 are wins for all.`
  return { bbob: `${table(head, rows)}\n\n${behind} ${bbobLosses(result.details.regrets)}` }
}

function bbobLosses(regrets: BbobRegrets): string {
  const others = Object.keys(regrets).filter((name) => name !== 'auto')
  const lost = Object.keys(regrets['auto']!).map((d) => {
    const at = (name: string, i: number): number => regrets[name]![d]![i]!.at(-1)!
    const numbers = regrets['auto']![d]!.flatMap((_, i) => {
      return at('auto', i) > Math.min(...others.map((name) => at(name, i))) + tie ? [i + 1] : []
    })
    return `${numbers.join(', ') || 'none'} (d = ${d})`
  })
  return `After 100 trials \`auto\` is behind on functions ${lost.join('; ')}.`
}

interface FrontFigures extends Machine {
  /** By problem, method and budget. */
  readonly volume: Readonly<Record<string, Readonly<Record<string, ByCount>>>>
  readonly seeds: readonly number[]
  readonly optuna?: string
}

function frontsText(): Record<string, string> {
  const result = saved<FrontFigures, unknown>('fronts')
  if (result === undefined) return {}
  const { volume, seeds, optuna } = result.figures
  const names = Object.keys(volume)
  const methods = [...new Set(names.flatMap((problem) => Object.keys(volume[problem]!)))]
  const rows = methods.map((method) => [
    isPeer(method) ? called(method) : `\`${method}\``,
    ...names.map((problem) =>
      Object.values(volume[problem]![method] ?? {})
        .map(shown)
        .join(' / '),
    ),
  ])
  const of = `Seeds ${Math.min(...seeds)}–${Math.max(...seeds)}${optuna === undefined ? '' : `, Optuna ${optuna}`}.`
  return { fronts: `${table(['method', ...names], rows)}\n\n${of} ${measuredOn(result.figures)}` }
}

type ByCount = Readonly<Record<string, number>>

interface AskFigures extends Machine {
  readonly tpe: ByCount
  readonly cmaes: ByCount
  readonly gpTrial: ByCount
  readonly gpTrialMean: ByCount
  readonly gpAsk: ByCount
  readonly random: number
  readonly sobol: number
  readonly reportP99Ms: number
  readonly reportMostMs: number
}

function askText(): Record<string, string> {
  const result = saved<AskFigures, unknown>('ask')
  if (result === undefined) return {}
  const { figures } = result
  const counts = [100, 200, 500, 1_000, 10_000]
  const row = (name: string, values: ByCount, target: string): string[] => [
    name,
    ...counts.map((count) => (values[count] === undefined ? '' : shown(values[count]))),
    target,
  ]
  const rows = [
    row('`gpTrial`', figures.gpTrial, '10 / 30 / 150'),
    row('the same, mean', figures.gpTrialMean, ''),
    row('`gpAsk`', figures.gpAsk, '4 / 8 / 25'),
    row('`tpe`', figures.tpe, '0.1 / 0.25 / 0.5'),
    row('`cmaes`', figures.cmaes, '0.02'),
    row('`random`', { 1_000: figures.random }, '0.02'),
    row('`sobol`', { 1_000: figures.sobol }, '0.02'),
  ]
  const report = `\`reportP99Ms\`, the 99th percentile of a trial's reports in a real tuner, durable, while a Gaussian process of 500 trials answers for others: ${shown(figures.reportP99Ms)} ms (target 10; the longest ${shown(figures.reportMostMs)}).`
  const head = ['after trials', ...counts.map((count) => count.toLocaleString('en-US')), 'targets']
  return { ask: [table(head, rows), `${report} ${measuredOn(figures)}`].join('\n\n') }
}

interface AblationFigures extends Machine {
  readonly seeds: readonly number[]
  /** By constant and value; '' and 'as it is' for none changed. */
  readonly meanRegret: Readonly<Record<string, Readonly<Record<string, number>>>>
}

function ablationsText(searcher: string): Record<string, string> {
  const result = saved<AblationFigures, unknown>(`ablations-${searcher}`)
  if (result === undefined) return {}
  const { meanRegret, seeds } = result.figures
  const rows = Object.entries(meanRegret)
    .filter(([constant]) => constant !== '')
    .map(([constant, values]) => [
      `\`${constant}\``,
      Object.entries(values)
        .map(([value, regret]) => `${value}: ${shown(regret)}`)
        .join('; '),
    ])
  const asItIs = `As it is: ${shown(meanRegret['']!['as it is']!)}. Seeds ${Math.min(...seeds)}–${Math.max(...seeds)}.`
  return { [`ablations_${searcher}`]: `${table(['constant', 'other values: mean regret'], rows)}\n\n${asItIs}` }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function measuredOn({ cpu, cores, node, date }: Machine): string {
  return `Measured ${date} on ${cores} cores (${cpu}), Node ${node.slice(1)}.`
}

function isPeer(name: string): boolean {
  return methodOf(name).strong !== true && name !== 'random' && name !== 'sobol'
}

function called(name: string): string {
  return methodOf(name).name
}

function sortedBy(names: readonly string[], value: (name: string) => number): string[] {
  return names.toSorted((a, b) => value(a) - value(b))
}

/** Three digits at most, and three places after the point. */
function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(Number(value.toPrecision(3)).toFixed(3)))
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${shown(Math.abs(value))}`
}
