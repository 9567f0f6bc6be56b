import { didYouMean, knownOptions, wrongOption } from '../../base/check.ts'
import { TrialistError, show } from '../../base/errors.ts'
import { searchers } from '../../search/registry.ts'
import type { SearcherCapabilities, SearcherFactory } from '../../search/searcher.ts'
import type { PluginRecord } from '../../trial/event.ts'
import { EngineSearcher } from './searcher.ts'

/** The libraries that can search. */
export type EngineName = 'optuna' | 'hyperopt' | 'bayesopt' | 'nevergrad' | 'ax' | 'hebo' | 'smac'

export interface EngineOptions {
  /** Which of the library's algorithms, by the name that the library gives it. Default: the library's own. */
  readonly sampler?: string
  /** The arguments of that algorithm, as the library names them: JSON values. Default: none. */
  readonly options?: Readonly<Record<string, unknown>>
}

/** What the libraries can do at best; what an algorithm of theirs can't is refused before the first trial. */
const engines: Readonly<Record<EngineName, SearcherCapabilities>> = {
  optuna: { objectivesMax: Infinity, outcomeConstraints: true, warmStart: 'oneObjective' },
  hyperopt: { objectivesMax: 1 },
  bayesopt: { objectivesMax: 1 },
  nevergrad: { objectivesMax: 1 },
  ax: { objectivesMax: 1 },
  hebo: { objectivesMax: 1 },
  smac: { objectivesMax: 1 },
}

/**
 * The search algorithm of a Python library, as a searcher like any other: `engine('optuna', { sampler: 'GPSampler' })`. The
 * library runs in a process of the Python that `TRIALIST_PYTHON` names, or of the active environment, and is told all that the
 * log holds, so that an experiment goes on with it as if it had never stopped.
 *
 * Throws `unknown_option` for an unknown engine; when the experiment begins, `not_found` where Python or the package is missing,
 * `invalid_option` for an algorithm or argument that the library does not know, `unsupported` for what the algorithm can't do.
 */
export function engine(name: EngineName, options: EngineOptions = {}): SearcherFactory {
  if (!Object.hasOwn(engines, name)) throw unknownEngine(name)
  knownOptions(`engine('${name}')`, options, ['sampler', 'options'])
  const { sampler, options: own } = options
  if (sampler !== undefined && typeof sampler !== 'string') {
    throw wrongOption(`engine('${name}'): sampler`, 'a name', sampler)
  }
  if (own !== undefined && (typeof own !== 'object' || own === null || Array.isArray(own))) {
    throw wrongOption(`engine('${name}'): options`, 'an object', own)
  }
  const record = { name, options: { ...options } }
  return { ...record, capabilities: engines[name], create: (context) => new EngineSearcher(record, context) }
}

/** The engine that a record describes; undefined where it is none. */
export function engineFrom({ name, options }: PluginRecord): SearcherFactory | undefined {
  return Object.hasOwn(engines, name) ? engine(name as EngineName, options) : undefined
}

/** The searcher that a record describes: one of ours, or a library's; undefined where it is neither. */
export function searcherFrom(record: PluginRecord): SearcherFactory | undefined {
  return searchers.from(record) ?? engineFrom(record)
}

function unknownEngine(name: string): TrialistError {
  const known = Object.keys(engines)
  return new TrialistError({
    code: 'unknown_option',
    message: 'there is no such engine',
    expected: known.join(', '),
    received: show(name),
    ...didYouMean(name, known),
  })
}
