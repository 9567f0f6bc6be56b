// What bench:schedulers found, as a table and a figure of methods.
import { svgOf } from '../../src/analysis/figure.ts'
import type { Axis, Method, Place, Series } from '../../src/analysis/figure.ts'
import { saved } from '../results.ts'
import { methodOf } from './methods.ts'

interface Summary {
  readonly cells: number
  readonly meanSeconds: number
  readonly reachedShare: number
  readonly seeds: number
}

interface SchedulerFigures {
  readonly timeRatioVsRayAsha: number
  readonly timeRatioVsBestPeer: number
  readonly bestPeer: string
  readonly ratios: Readonly<Record<'lcbench' | 'arlbench' | 'algoperf', number>>
  readonly tasks: number
  readonly method: Readonly<Record<string, Summary>>
  readonly incomplete: Readonly<Record<string, Summary & { readonly ours: number }>>
}

const peers: Readonly<Record<string, string>> = {
  random: 'random search',
  'one-epoch': 'one epoch, then a tenth in full',
  'ray-asha': 'Ray Tune’s ASHA, random',
  'ray-hyperband': 'Ray Tune’s HyperBand, random',
  'ray-median': 'Ray Tune’s median stopping, random',
  'syne-asha': 'Syne Tune’s ASHA, stopping',
  'syne-asha-promotion': 'Syne Tune’s ASHA, promotion',
  'syne-hyperband': 'Syne Tune’s synchronous HyperBand',
  'syne-pasha': 'Syne Tune’s PASHA',
  'syne-bohb': 'Syne Tune’s BOHB',
  'syne-mobster': 'Syne Tune’s MOBSTER',
  'syne-hypertune': 'Syne Tune’s Hyper-Tune',
  'syne-dyhpo': 'Syne Tune’s DyHPO',
}

/** The methods from the fastest on, those that are not recorded of all tasks apart; empty where nothing was saved. */
export function schedulersText(): Record<string, string> {
  const result = saved<SchedulerFigures, unknown>('schedulers')
  if (result === undefined) return {}
  const { method, incomplete, tasks, timeRatioVsRayAsha, timeRatioVsBestPeer, bestPeer, ratios, date } = result.figures
  const rows = fastestFirst(method).map(([name, { seeds, meanSeconds, reachedShare }]) => {
    return `| ${called(name)} | ${seeds} | ${meanSeconds.toLocaleString('en')} | ${Math.round(100 * reachedShare)} % |`
  })
  const parts = Object.entries(incomplete).map(([name, { cells, meanSeconds, ours, seeds }]) => {
    const where = `${cells} of ${2 * tasks} tasks and numbers of workers, ${seeds === 1 ? 'one seed' : `${seeds} seeds`}`
    return `${called(name)}, on ${where}: ${meanSeconds.toLocaleString('en')} s, ours there ${ours.toLocaleString('en')} s.`
  })
  const text = [
    '| method | seeds | mean, s | reached |\n| --- | --- | --- | --- |',
    `${rows.join('\n')}\n`,
    `\`timeRatioVsRayAsha\` ${timeRatioVsRayAsha} (LCBench ${ratios.lcbench}, ARLBench ${ratios.arlbench}, AlgoPerf ${ratios.algoperf});`,
    `\`timeRatioVsBestPeer\` ${timeRatioVsBestPeer} (${called(bestPeer)}). ${date}.`,
    ...(parts.length > 0 ? [`\nNot recorded of all tasks: ${parts.join(' ')}`] : []),
  ].join('\n')
  return { schedulers: text }
}

/** Each method a line: its mean time beside that of random search, and how many of its searches came to the aim. */
export function schedulerFigures(): Record<string, string> {
  const result = saved<SchedulerFigures, unknown>('schedulers')
  if (result === undefined) return {}
  const { method, tasks } = result.figures
  const methods = fastestFirst(method)
  const random = method['random']!.meanSeconds
  const ratio = ({ meanSeconds }: Summary): number => meanSeconds / random
  const x = doublings(methods.map(([, summary]) => ratio(summary)))
  const shares = [0, 0.25, 0.5, 0.75, 1].map((share) => [share, `${100 * share} %`] as const)
  const y = (isFirst: boolean): Axis => ({
    scale: 'linear',
    from: methods.length + 0.6,
    to: 0.4,
    ticks: methods.map(([name], i) => [i + 1, isFirst ? plain(name) : '']),
  })
  const dots = (valueOf: (summary: Summary) => number): Series[] =>
    [ours, theirs].map((look) => ({
      method: look,
      dots: true,
      points: methods.flatMap(([name, summary], i): Place[] => {
        return name.includes('+') === (look === ours) ? [[valueOf(summary), i + 1]] : []
      }),
    }))
  const figure = svgOf({
    title: 'Searches with schedulers, over tables of learning curves',
    notes: [
      `Geometric means over ${tasks} tasks with 4 and 16 workers of medians over seeds; virtual time until the aim, at most 20 trainings a worker.`,
    ],
    panels: [
      {
        title: 'time beside that of random search',
        x,
        y: y(true),
        left: 226,
        series: dots(ratio),
      },
      {
        title: 'searches that came to the aim',
        x: { scale: 'linear', from: 0, to: 1, ticks: shares },
        y: y(false),
        left: 22,
        series: dots(({ reachedShare }) => reachedShare),
      },
    ],
    columns: 2,
    width: 1000,
    panelHeight: 22 * methods.length + 16,
  })
  return { schedulers: figure }
}

const ours: Method = { ...methodOf('auto'), name: 'Trialist: searcher and scheduler' }
const theirs: Method = { name: 'others', color: '#1f6feb' }

/** An axis from one power of two to another, with all values between. */
function doublings(values: readonly number[]): Axis {
  const [low, high] = [Math.floor(Math.log2(Math.min(...values))), Math.ceil(Math.log2(Math.max(...values)))]
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => [2 ** (low + i), String(2 ** (low + i))] as const)
  return { scale: 'log', from: 2 ** low, to: 2 ** high, ticks }
}

function fastestFirst(method: SchedulerFigures['method']): (readonly [string, Summary])[] {
  return Object.entries(method).toSorted(([, a], [, b]) => a.meanSeconds - b.meanSeconds)
}

/** As in a table. */
function called(name: string): string {
  return name.includes('+') ? `**ours**, \`${name.replace('+', '` and `')}\`` : plain(name)
}

function plain(name: string): string {
  return peers[name] ?? name.replace('+', ', ')
}
