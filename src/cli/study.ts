import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

import { wrongOption } from '../base/check.ts'
import { messageOf } from '../base/errors.ts'
import { schedulers } from '../schedule/registry.ts'
import { searchers } from '../search/registry.ts'
import { spaceFromJSON } from '../space/json.ts'
import { metricsFrom } from '../trainable/protocol.ts'
import type { WireMetrics } from '../trainable/protocol.ts'
import { jsonNumber } from '../trial/codec.ts'
import { Study } from '../tune.ts'
import { bestOf, rowOf } from '../tuner/outcome.ts'
import { argumentsOf } from './arguments.ts'
import { madeBy } from './experiment.ts'
import type { AlgorithmOptions } from './experiment.ts'

/** A request of the program that started this one, and what it is about. */
interface Request {
  readonly type: 'ask' | 'report' | 'tell' | 'fail' | 'results'
  readonly n?: number
  readonly trial?: number
  readonly metrics?: WireMetrics
  readonly step?: number
  readonly error?: string
}

interface StudyFile {
  readonly space: unknown
  readonly searcher?: AlgorithmOptions
  readonly scheduler?: AlgorithmOptions
}

type AnyStudy = Study<Record<string, unknown>, string>

/**
 * `trialist study FILE.json`: ask and tell for programs in other languages: a request a line on standard input, its answer a line
 * on standard output.
 */
export async function study(args: readonly string[]): Promise<number> {
  const { positionals } = argumentsOf('study', args, {})
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0)
    throw wrongOption('trialist study', 'one FILE.json', positionals.join(' '))
  const { space, searcher, scheduler, ...options } = JSON.parse(readFileSync(file, 'utf8')) as StudyFile
  const made: AnyStudy = new Study({
    ...options,
    space: spaceFromJSON(space),
    ...(searcher && { searcher: madeBy(searchers, searcher) }),
    ...(scheduler && { scheduler: madeBy(schedulers, scheduler) }),
  } as never)
  say({ type: 'started' })
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(answer(made, JSON.parse(line) as Request))
    } catch (thrown) {
      say({ type: 'error', message: messageOf(thrown), code: (thrown as { code?: string }).code ?? null })
    }
  }
  return 0
}

function answer(made: AnyStudy, { type, n = 1, trial = -1, metrics = {}, step, error = '' }: Request): object {
  const at = step === undefined ? {} : { step }
  switch (type) {
    case 'ask':
      return { type: 'asked', trials: made.ask(n).map(({ trial: number, config }) => ({ trial: number, config })) }
    case 'report':
      return { type: 'reported', answer: made.report(trial, metricsFrom(metrics), at) }
    case 'tell':
      made.tell(trial, metricsFrom(metrics), at)
      return { type: 'told' }
    case 'fail':
      made.fail(trial, new Error(error))
      return { type: 'told' }
    case 'results':
      return { type: 'results', best: bestOf(made.results)?.trial ?? null, trials: [...made.results].map(rowOf) }
    default:
      throw wrongOption('request', "'ask', 'report', 'tell', 'fail' or 'results'", type)
  }
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message, jsonNumber)}\n`)
}
