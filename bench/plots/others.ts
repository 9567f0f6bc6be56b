// Figures of bench:bbob, bench:tables and bench:ask.
import { saved } from '../results.ts'
import { decades, svgOf } from '../../src/analysis/figure.ts'
import type { Axis, Series } from '../../src/analysis/figure.ts'
import { methodOf } from './methods.ts'

const functions = [
  'sphere',
  'ellipsoid, separable',
  'Rastrigin, separable',
  'Büche–Rastrigin',
  'linear slope',
  'attractive sector',
  'step ellipsoid',
  'Rosenbrock',
  'Rosenbrock, rotated',
  'ellipsoid',
  'discus',
  'bent cigar',
  'sharp ridge',
  'different powers',
  'Rastrigin',
  'Weierstrass',
  'Schaffer F7',
  'Schaffer F7, ill-conditioned',
  'Griewank–Rosenbrock',
  'Schwefel',
  'Gallagher, 101 peaks',
  'Gallagher, 21 peaks',
  'Katsuura',
  'Lunacek',
]

interface BbobFigures {
  readonly seeds: Readonly<Record<string, readonly number[]>>
}

/** Regrets by method, dimension, function and budget. */
type BbobRegrets = Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>

/** Each function a line, each method a dot on it. */
export function bbobFigures(): Record<string, string> {
  const result = saved<BbobFigures, { readonly regrets: BbobRegrets }>('bbob')
  if (result === undefined) return {}
  const { regrets } = result.details
  const methods = Object.keys(regrets).filter((name) => name !== 'random')
  const x: Axis = {
    label: 'normalised regret after 100 trials',
    scale: 'log',
    from: 1e-4,
    to: 10,
    ticks: decades(1e-4, 10),
  }
  const y = (isFirst: boolean): Axis => ({
    scale: 'linear',
    from: 24.7,
    to: 0.3,
    ticks: functions.map((name, i) => [i + 1, isFirst ? `${name} ${i + 1}` : String(i + 1)]),
  })
  const instances = Object.values(result.figures.seeds)[0]!
  const figure = svgOf({
    title: 'The 24 noiseless functions of BBOB',
    notes: [
      'Best of 100 trials: 0 is the optimum (drawn at 0.0001 where nearer), 1 what random search reaches in 100. To the left is better.',
      `Medians over instances ${Math.min(...instances)}–${Math.max(...instances)}, each searched with its number as the seed.`,
    ],
    panels: Object.keys(regrets[methods[0]!]!).map((d, panel) => ({
      title: `${d} dimensions`,
      x,
      y: y(panel === 0),
      left: panel === 0 ? 176 : 22,
      series: methods.map((name): Series => ({
        method: methodOf(name),
        dots: true,
        points: regrets[name]![d]!.map((budgets, i) => [budgets.at(-1)!, i + 1] as const),
      })),
    })),
    columns: Object.keys(regrets[methods[0]!]!).length,
    width: 1200,
    panelHeight: 440,
  })
  return { bbob: figure }
}

type Quartiles = Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>

/** Each table a panel. */
export function tableFigures(): Record<string, string> {
  const result = saved<BbobFigures, { readonly quartiles: Quartiles }>('tables')
  if (result === undefined) return {}
  const { quartiles } = result.details
  const trials = 100
  const ticks = [1, 25, 50, 75, 100].map((each) => [each, String(each)] as const)
  const x: Axis = { label: 'trials', scale: 'linear', from: 1, to: trials, ticks }
  const seeds = Object.values(result.figures.seeds)[0]!
  const figure = svgOf({
    title: 'Regret over trials on tables of real training runs',
    notes: [
      'The searcher sees one run of a configuration; its best observed one is judged by the mean over all runs. 1 is random search after 100.',
      `Medians over seeds ${Math.min(...seeds)}–${Math.max(...seeds)}, bands from quartile to quartile; lower is better.`,
    ],
    panels: Object.entries(quartiles).map(([table, byMethod]) => ({
      title: table.replaceAll('_', ' '),
      x,
      y: { scale: 'linear', from: 0, to: 3, ticks: [0, 0.5, 1, 1.5, 2, 2.5, 3].map((each) => [each, String(each)]) },
      series: Object.entries(byMethod).map(([name, rows]): Series => ({
        method: methodOf(name),
        points: rows.map(([, middle], i) => [i + 1, middle!] as const),
        band: rows.map(([low, , high], i) => [i + 1, low!, high!] as const),
      })),
    })),
    columns: 4,
    width: 1200,
    panelHeight: 190,
  })
  return { tables: figure }
}

type ByCount = Readonly<Record<string, number>>

interface AskFigures {
  readonly tpe: ByCount
  readonly cmaes: ByCount
  readonly gpTrial: ByCount
  readonly gpAsk: ByCount
  readonly random: number
  readonly sobol: number
}

/** Time a suggestion over trials that are over. */
export function askFigures(): Record<string, string> {
  const result = saved<AskFigures, unknown>('ask')
  if (result === undefined) return {}
  const { tpe, cmaes, gpTrial, gpAsk, random, sobol, cpu, node } = result.figures
  const lines: readonly (readonly [Series['method'], ByCount])[] = [
    [{ ...methodOf('gp'), name: 'gp: result told, fits, suggestion' }, gpTrial],
    [{ ...methodOf('gp'), name: 'gp: suggestion alone', dash: '5 3' }, gpAsk],
    [methodOf('tpe'), tpe],
    [methodOf('cmaes'), cmaes],
    [methodOf('sobol'), { 100: sobol, 10_000: sobol }],
    [methodOf('random'), { 100: random, 10_000: random }],
  ]
  const counts: [number, string][] = [
    [100, '100'],
    [200, '200'],
    [500, '500'],
    [1_000, '1,000'],
    [10_000, '10,000'],
  ]
  const figure = svgOf({
    title: 'Time a suggestion, milliseconds',
    notes: [`10 continuous parameters, one thread, medians. ${cpu}, Node ${node.slice(1)}.`],
    panels: [
      {
        title: '',
        x: { label: 'trials that are over', scale: 'log', from: 100, to: 10_000, ticks: counts },
        y: { scale: 'log', from: 1e-3, to: 100, ticks: decades(1e-3, 100) },
        series: lines.map(([method, byCount]) => ({
          method,
          points: Object.entries(byCount).map(([count, ms]) => [Number(count), ms] as const),
        })),
      },
    ],
    columns: 1,
    width: 760,
    panelHeight: 280,
  })
  return { ask: figure }
}
