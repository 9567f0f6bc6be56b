import { Registry } from '../base/registry.ts'
import { auto } from './auto.ts'
import { bohb } from './bohb.ts'
import { cmaes } from './cmaes.ts'
import { gp } from './gp.ts'
import { gridSearch } from './grid.ts'
import { mfes } from './mfes.ts'
import { nsga2 } from './nsga2.ts'
import { random } from './random.ts'
import type { SearcherFactory } from './searcher.ts'
import { sobol } from './sobol.ts'
import { tpe } from './tpe.ts'

export const searchers: Registry<SearcherFactory> = new Registry('searcher', {
  auto,
  random,
  grid: gridSearch,
  sobol,
  tpe,
  gp,
  cmaes,
  nsga2,
  bohb,
  mfes,
})
