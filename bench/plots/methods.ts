// How methods are called and drawn, the same in every figure.
import type { Method } from '../../src/analysis/figure.ts'

const ours = { strong: true }
const looks: Readonly<Record<string, Method>> = {
  auto: { name: 'Trialist auto', color: '#d1242f', ...ours },
  gp: { name: 'Trialist gp', color: '#d1242f', ...ours },
  tpe: { name: 'Trialist tpe', color: '#1f6feb', ...ours },
  cmaes: { name: 'Trialist cmaes', color: '#1a7f37', ...ours },
  nsga2: { name: 'Trialist nsga2', color: '#bf3989', ...ours },
  random: { name: 'random search', color: '#8c959f', dash: '2 3' },
  sobol: { name: 'Trialist sobol', color: '#8c959f', dash: '6 3' },
  ax: { name: 'Ax', color: '#bf8700' },
  hebo: { name: 'HEBO', color: '#6e7781', dash: '6 3' },
  ngopt: { name: 'Nevergrad NGOpt', color: '#1b9e9e' },
  smac: { name: 'SMAC3', color: '#a0522d', dash: '6 3' },
  hyperopt: { name: 'HyperOpt TPE', color: '#8250df', dash: '6 3' },
  'optuna-gp': { name: 'Optuna GP', color: '#e36209', dash: '6 3' },
  'optuna-tpe': { name: 'Optuna TPE', color: '#8250df' },
  'optuna-tpem': { name: 'Optuna TPE (grouped)', color: '#c9a0ff' },
  'optuna-nsga2': { name: 'Optuna NSGA-II', color: '#e5a0c8', dash: '6 3' },
  'optuna-cma': { name: 'Optuna CMA-ES', color: '#57ab5a', dash: '6 3' },
}

/** The look of a method that a benchmark names. */
export function methodOf(name: string): Method {
  const look = looks[name]
  if (look === undefined) throw new Error(`bench/plots/methods.ts does not know how to draw ${name}`)
  return look
}
