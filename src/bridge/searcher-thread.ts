/** A worker thread that holds a searcher: it is fed the log, batch by batch, and answers requests in between. */
import { parentPort, workerData } from 'node:worker_threads'

import { assert } from '../base/assert.ts'
import { messageOf } from '../base/errors.ts'
import { createSearcher } from '../search/create.ts'
import type { Searcher, Suggestion } from '../search/searcher.ts'
import { decodeBatch } from '../trial/codec.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { Event, Experiment } from '../trial/event.ts'
import { recordedSpace } from '../trial/recorded-space.ts'
import { searcherFrom } from './engines/engine.ts'

export type HostRequest =
  | { readonly type: 'observe'; readonly body: string }
  | { readonly type: 'suggest'; readonly n: number }

export type HostAnswer = { readonly suggestions: readonly Suggestion[] } | { readonly error: string }

/** The searcher of an experiment together with the history that it reads. */
class HostedSearcher {
  readonly #columns: TrialColumns
  readonly #searcher: Searcher
  #trials: number | null

  constructor(experiment: Experiment) {
    const { objectives, score, outcomeConstraints, budget, known = [] } = experiment
    const space = recordedSpace(experiment)
    const factory = searcherFrom(experiment.searcher)
    assert(factory !== undefined, `there is no searcher ${experiment.searcher.name}`)
    this.#trials = budget.trials
    this.#columns = new TrialColumns(space, objectives, score, outcomeConstraints)
    this.#searcher = createSearcher(factory, experiment, space, this.#columns, () => {
      return (this.#trials ?? Infinity) + known.length
    })
  }

  observe(event: Event): void {
    if (event.type === 'opened') return
    this.#columns.apply(event)
    if (event.type === 'changed') this.#trials = event.budget.trials
    this.#searcher.observe?.(event)
  }

  suggest(n: number): readonly Suggestion[] {
    return this.#searcher.suggest(n)
  }
}

const port = parentPort!
const hosted = new HostedSearcher(workerData as Experiment)
/** The first thing that went wrong: after it no answer can be trusted. */
let broken: string | undefined

port.on('message', (request: HostRequest) => {
  if (request.type === 'observe') observe(request.body)
  else answer(request.n)
})

function observe(body: string): void {
  try {
    if (broken === undefined) for (const event of decodeBatch(body)) hosted.observe(event)
  } catch (thrown) {
    broken = messageOf(thrown)
  }
}

function answer(n: number): void {
  try {
    send(broken === undefined ? { suggestions: hosted.suggest(n) } : { error: broken })
  } catch (thrown) {
    send({ error: messageOf(thrown) })
  }
}

function send(message: HostAnswer): void {
  port.postMessage(message)
}
