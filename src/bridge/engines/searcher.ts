import { assert } from '../../base/assert.ts'
import { TrialistError } from '../../base/errors.ts'
import { purpose, stream } from '../../base/random.ts'
import { drawFromPriors } from '../../search/prior.ts'
import { Proposals } from '../../search/proposals.ts'
import type { Searcher, SearcherContext, Suggestion } from '../../search/searcher.ts'
import type { Event, PluginRecord, Why } from '../../trial/event.ts'
import { describeDimensions, wireOf, writePoint } from './dimensions.ts'
import type { Wire } from './dimensions.ts'
import { engineServer } from './server.ts'
import type { EngineServer, ServerAnswer } from './server.ts'

/**
 * Draws of the library that may be refused, by constraints or as duplicates, before one is drawn at random instead: a library
 * that proposes what it proposed before mostly does so again.
 */
const engineAttempts = 4
/**
 * How often a question is asked where the process ends before it answers. What it answers depends on what it was told alone:
 * one that was killed is worth another try, one that a question kills each time is not.
 */
const asksMost = 3

/** What the Python side answers. */
interface Answer {
  readonly wire?: Wire
  readonly error?: { readonly code: 'missing' | 'unsupported' | 'option' | 'failed' | 'died'; readonly message: string }
}

/** A trial of the batch at hand, as the Python side is told of it. */
type Accepted = readonly [trial: number, wire: Wire, seed: number | null]

/**
 * A searcher whose draws are a library's. The library's state is built from what was observed alone: each draw is made by a
 * copy of it, with random numbers of the trial's own.
 */
export class EngineSearcher implements Searcher {
  readonly slow = true
  readonly #record: PluginRecord
  readonly #context: SearcherContext
  readonly #proposals: Proposals
  readonly #server: EngineServer
  readonly #id: number
  /** All that the Python side is to know, a line each: another process can be told again. */
  readonly #lines: string[]
  /** How much of it the process of this session knows. */
  #told = 0
  #session = 0
  /** Trials that have come to an end. */
  #ends = 0

  constructor(record: PluginRecord, context: SearcherContext) {
    this.#record = record
    this.#context = context
    this.#proposals = new Proposals(context)
    this.#server = engineServer()
    this.#id = this.#server.newId()
    forget.register(this, { server: this.#server, id: this.#id })
    const { space, objectives, outcomeConstraints, earlier, seed, trialsMax } = context
    this.#lines = [
      JSON.stringify({
        type: 'open',
        id: this.#id,
        engine: record.name,
        options: record.options,
        dimensions: describeDimensions(space.dimensions),
        objectives: objectives.length,
        constraints: outcomeConstraints.length,
        seed: stream(seed, purpose.scramble).uint32(),
        trials: Number.isFinite(trialsMax()) ? trialsMax() : null,
        earlier: earlier.map(({ points, losses }) => ({
          wires: points.map((point) => wireOf(point, space.dimensions)),
          losses,
        })),
      }),
    ]
    // Whatever it can't do is refused now.
    this.#ask(JSON.stringify({ type: 'check', id: this.#id }))
  }

  observe(event: Event): void {
    this.#proposals.observe(event)
    if (event.type === 'suggested') {
      const { trial, why } = event
      this.#tell({
        type: 'suggested',
        trial,
        wire: this.#wireOf(trial),
        seed: this.#seedOf(trial, why),
        ends: why['ends'],
      })
    } else if (event.type === 'ended' && event.state !== 'pending') {
      this.#ends += 1
      this.#tell({ type: 'ended', ...this.#resultOf(event.trial, event.attempt), state: event.state })
    }
  }

  suggest(n: number): readonly Suggestion[] {
    const suggestions: Suggestion[] = []
    const accepted: Accepted[] = []
    const first = this.#context.history.trials
    return this.#proposals.propose(
      n,
      (trial, point, attempt) => {
        // The suggestions before this one in the batch are pending for it.
        while (accepted.length < trial - first) {
          const { point: before, why } = suggestions[accepted.length]!
          const number = first + accepted.length
          accepted.push([number, wireOf(before, this.#context.space.dimensions), this.#seedOf(number, why)])
        }
        return this.#draw(trial, point, attempt, accepted)
      },
      suggestions,
    )
  }

  #draw(trial: number, point: Float64Array, attempt: number, accepted: readonly Accepted[]): Why {
    const { space, seed } = this.#context
    const { name } = this.#record
    const source = stream(seed, purpose.suggest, trial, attempt)
    // What the library does not say is left to chance.
    for (let i = 0; i < point.length; i++) point[i] = source.float()
    drawFromPriors(space.dimensions, point)
    if (attempt >= engineAttempts) return { by: name, phase: 'random' }
    this.#proposals.pin(trial, point)
    const pinned = space.dimensions.map((dimension) =>
      dimension.grid ? dimension.level(point[dimension.index]!) : null,
    )
    const question = { type: 'draw', id: this.#id, trial, seed: drawSeed(seed, trial, attempt), accepted, pinned }
    const { wire } = this.#ask(JSON.stringify(question))
    assert(wire !== undefined && wire.length === point.length, 'the engine answers one value a dimension')
    writePoint(wire, space.dimensions, point)
    return { by: name, ends: this.#ends, ...(attempt > 0 && { attempt }) }
  }

  #ask(question: string): Answer {
    for (let asks = 1; ; asks++) {
      this.#catchUp()
      const answer = heard(this.#server.ask(question))
      const { error } = answer
      if (error === undefined) return answer
      if (error.code === 'died' && asks < asksMost) continue
      throw failure(this.#record.name, error, this.#server.interpreter)
    }
  }

  #tell(message: object): void {
    this.#lines.push(JSON.stringify({ id: this.#id, ...message }))
  }

  /** Tells the process what it does not know yet: all, where it is another one. */
  #catchUp(): void {
    this.#server.refresh()
    if (this.#session !== this.#server.session) {
      this.#session = this.#server.session
      this.#told = 0
    }
    if (this.#told === this.#lines.length) return
    this.#server.tell(this.#lines.slice(this.#told))
    this.#told = this.#lines.length
  }

  #wireOf(trial: number): Wire {
    const point = new Float64Array(this.#context.space.dimensions.length)
    this.#context.history.point(trial, point)
    return wireOf(point, this.#context.space.dimensions)
  }

  /** The random numbers that a draw of ours had; null where the trial was no such draw. */
  #seedOf(trial: number, { by, ends, attempt }: Why): number | null {
    if (by !== this.#record.name || ends === undefined) return null
    return drawSeed(this.#context.seed, trial, typeof attempt === 'number' ? attempt : 0)
  }

  /** What came of a trial: losses and violations, null where they are no numbers, and the first objective's course. */
  #resultOf(trial: number, attempt: number): object {
    const { history, objectives, outcomeConstraints } = this.#context
    const losses = objectives.map((_, k) => finite(history.loss(trial, k)))
    const violations = outcomeConstraints.map((_, k) => finite(history.violation(trial, k)))
    const course: (readonly [number, number | null])[] = []
    const sign = objectives[0]!.mode === 'min' ? 1 : -1
    for (let report = history.lastReport(trial); report >= 0; report = history.previousReport(report)) {
      if (history.reportAttempt(report) !== attempt) break
      course.push([history.reportStep(report), finite(sign * history.reportValue(report))])
    }
    return { trial, losses, violations, course: course.reverse() }
  }
}

function heard(said: ServerAnswer): Answer {
  if (said.type === 'line') return JSON.parse(said.line) as Answer
  const last = said.said.trim().split('\n').at(-1)
  return { error: { code: 'died', message: `its Python process ended (${said.how})${last ? `: ${last}` : ''}` } }
}

/** Lets the Python side forget the searchers that nobody has any more. */
const forget = new FinalizationRegistry<{ server: EngineServer; id: number }>(({ server, id }) => {
  server.tell([JSON.stringify({ type: 'close', id })])
})

function drawSeed(seed: number, trial: number, attempt: number): number {
  return stream(seed, purpose.suggest, trial, attempt, 1).uint32()
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

const codes = {
  missing: 'not_found',
  unsupported: 'unsupported',
  option: 'invalid_option',
  failed: 'plugin',
  died: 'plugin',
} as const

function failure(name: string, { code, message }: NonNullable<Answer['error']>, interpreter: string): TrialistError {
  return new TrialistError({
    code: codes[code],
    message: `the engine ${name}: ${message.replaceAll('{python}', interpreter)}`,
  })
}
