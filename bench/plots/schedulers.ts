// What bench:schedulers found, as a table of methods.
import { saved } from '../results.ts'

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
  const rows = Object.entries(method)
    .toSorted(([, a], [, b]) => a.meanSeconds - b.meanSeconds)
    .map(([name, { seeds, meanSeconds, reachedShare }]) => {
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

function called(name: string): string {
  const [searcher, scheduler] = name.split('+')
  return scheduler === undefined ? (peers[name] ?? name) : `**ours**, \`${searcher}\` and \`${scheduler}\``
}
