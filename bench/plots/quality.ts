// Figures of bench:quality: our regret beside the recorded peers'.
import { problems } from '../quality/problems.ts'
import { savedQuality, trials } from './curves.ts'
import type { Curves, QualityFigures } from './curves.ts'
import { decades, svgOf } from '../../src/analysis/figure.ts'
import type { Axis, Panel, Series } from '../../src/analysis/figure.ts'
import { methodOf } from './methods.ts'

/** What is reached counts as reached exactly. */
const floor = 1e-4
const evaluations: Axis = {
  label: 'trials',
  scale: 'linear',
  from: 1,
  to: trials,
  ticks: [1, 25, 50, 75, 100].map((each) => [each, String(each)]),
}
const regret: Axis = { scale: 'log', from: floor, to: 10, ticks: decades(floor, 10) }
const families: Readonly<Record<string, readonly string[]>> = {
  gp: ['gp', 'ax', 'optuna-gp', 'smac'],
  tpe: ['tpe', 'optuna-tpe', 'optuna-tpem', 'hyperopt'],
  cmaes: ['cmaes', 'optuna-cma', 'ngopt'],
}

/** Texts of SVG files by name; none where the benchmark has not been saved. */
export function qualityFigures(): Record<string, string> {
  const result = savedQuality()
  if (result === undefined) return {}
  const { curves, figures } = result
  const seeds = (names: readonly string[]): string => seedsOf(figures.seeds, names)
  const peers = ['ax', 'ngopt', 'optuna-gp', 'optuna-cma', 'optuna-tpe', 'hyperopt', 'random']
  const meaning =
    'Normalised regret of the best trial so far: 0 is the optimum, 1 what random search reaches in 100 trials.'
  const byProblem = svgOf({
    title: 'Regret over trials on eight black-box problems',
    notes: [
      `${meaning} Medians over seeds, bands from quartile to quartile; lower is better.`,
      seeds(['auto', ...peers]),
    ],
    panels: Object.keys(problems).map((problem) => ({
      title: `${problem}, ${Object.keys(problems[problem]!.space).length} parameters`,
      x: evaluations,
      y: regret,
      series: ['auto', ...peers].map((method) => seriesOf(method, problem, curves)),
    })),
    columns: 4,
    width: 1200,
    panelHeight: 190,
  })
  const byFamily = svgOf({
    title: 'Each searcher beside peers of its kind',
    notes: [`${meaning} Means over the eight problems of medians over seeds.`, seeds(Object.values(families).flat())],
    panels: Object.entries(families).map(([own, members]) => familyPanel(own, members, curves)),
    columns: 3,
    width: 1200,
    panelHeight: 250,
  })
  return { 'quality-problems': byProblem, 'quality-families': byFamily }
}

function familyPanel(own: string, members: readonly string[], curves: Curves): Panel {
  const series = members.map((name): Series => {
    const points = Array.from({ length: trials }, (_, i) => [i + 1, clipped(curves.meanRegret(name, i + 1))] as const)
    return { method: methodOf(name), points }
  })
  const title = { gp: 'Gaussian processes', tpe: 'Parzen estimators', cmaes: 'Evolution strategies' }[own]!
  return { title, x: evaluations, y: { ...regret, from: 1e-2, ticks: decades(1e-2, 10) }, series }
}

function seriesOf(name: string, problem: string, curves: Curves): Series {
  const quartiles = curves.quartiles(name, problem)
  return {
    method: methodOf(name),
    points: quartiles.map(([, middle], i) => [i + 1, clipped(middle)] as const),
    band: quartiles.map(([low, , high], i) => [i + 1, clipped(low), clipped(high)] as const),
  }
}

function clipped(value: number): number {
  return Math.max(floor, value)
}

/** "Seeds 0–9; Ax: 0–2". */
export function seedsOf(seeds: QualityFigures['seeds'], names: readonly string[]): string {
  const groups = new Map<string, string[]>()
  for (const name of new Set(names)) {
    const own = seeds[name]
    if (own === undefined) continue
    const shown = `${Math.min(...own)}–${Math.max(...own)}`
    groups.set(shown, [...(groups.get(shown) ?? []), methodOf(name).name])
  }
  return `Seeds: ${Array.from(groups, ([shown, of]) => `${shown} (${of.join(', ')})`).join('; ')}`
}
