import { TrialistError } from '../base/errors.ts'
import { goOn } from '../schedule/scheduler.ts'
import type { SchedulerFactory } from '../schedule/scheduler.ts'
import type { SearcherFactory, Suggestion } from '../search/searcher.ts'
import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import type { StopperFactory } from '../stop/stopper.ts'
import { decodeBatch } from '../trial/codec.ts'
import type { Event, Experiment } from '../trial/event.ts'
import { clientName, metricsOf } from '../trial/event.ts'
import type { ExploreCommand, Judge, Judgement, JudgeCommand, Wish } from './judge.ts'
import type { SearcherHost } from './searcher-host.ts'

/** The pipe to the program that started this engine and has algorithms of its own. */
export interface ClientPipe {
  /** Sends a message, a line. */
  send(message: Readonly<Record<string, unknown>>): void
  /** Where its messages go from now on. */
  listen(heard: (message: ClientAnswer) => void): void
  /** While somebody waits for a message, the process stays alive. */
  hold(waiting: boolean): void
}

/** What it answers to the question with this number. */
export interface ClientAnswer {
  readonly id: number
  readonly error?: string
  readonly configs?: readonly Readonly<Record<string, unknown>>[]
  /** What becomes of the trial whose report was asked about; default: it goes on. */
  readonly action?: 'continue' | 'stop' | 'pause'
  /** The rule that it was decided by. */
  readonly rule?: string
  /** The configuration in place of the one that a population explored. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Why the whole experiment is to end. */
  readonly halt?: string
  /** Paused trials that are to go on; such an answer comes by itself, as number 0. */
  readonly resume?: readonly number[]
  /**
   * Its searcher has no further trial before a paused one is over, and had heard so many messages of the log when it said so. As number
   * 0, too.
   */
  readonly stalled?: number
}

/** The searcher of an experiment whose configurations come from the program that started this engine. */
export function clientSearcher(name: string): SearcherFactory {
  return {
    name: clientName,
    options: { name },
    capabilities: { objectivesMax: Infinity, outcomeConstraints: true, gives: true },
    create: () => ({ slow: true, suggest: () => noClient() }),
  }
}

/** A scheduler of the client's: it is asked about each report that nothing else decides on. */
export function clientScheduler(name: string): SchedulerFactory {
  return {
    name: clientName,
    options: { name },
    capabilities: { objectivesMax: Infinity, pauses: true },
    create: () => ({ decide: () => goOn }),
  }
}

/** A population whose explored configurations the client has the last word on. */
export function clientExplored(population: SchedulerFactory): SchedulerFactory {
  // Another name, since it can't be made again from its record alone.
  const { name, options } = population
  return { ...population, name: `${name} with explore`, options: { ...options, explore: clientName } }
}

/** A stopper of the client's, which is asked when its scheduler is. */
export function clientStopper(name: string): StopperFactory {
  return { name: clientName, options: { name }, create: () => ({}) }
}

interface Waiting {
  resolve(answer: ClientAnswer): void
  reject(fault: unknown): void
}

/**
 * Tells the client of the log and asks it for what it decides. Its answers become events like any others; the log of earlier
 * sessions is told first, so that it can take up where it was.
 */
export class ClientHost implements SearcherHost, Judge {
  readonly waits = true
  /** Whether it is asked about reports. */
  readonly judges: boolean
  wished: ((wish: Wish) => void) | undefined
  readonly #pipe: ClientPipe
  readonly #experiment: Experiment
  readonly #space: EncodedSpace
  readonly #waiting = new Map<number, Waiting>()
  #id = 0
  /** Messages of the log. */
  #sent = 0
  #closed = false

  constructor(pipe: ClientPipe, experiment: Experiment, space: EncodedSpace, log: Iterable<string>) {
    this.#pipe = pipe
    this.#experiment = experiment
    this.#space = space
    this.judges = [experiment.scheduler, ...experiment.stoppers].some(({ name }) => name === clientName)
    pipe.listen((answer) => this.#heard(answer))
    for (const body of log) this.#tell(body, true)
  }

  observe(body: string): void {
    this.#tell(body, false)
  }

  async suggest(n: number): Promise<readonly Suggestion[]> {
    const { configs = [] } = await this.#ask({ type: 'suggest', n })
    const { name } = this.#experiment.searcher.options as { name: string }
    return configs.slice(0, n).map((config) => ({ point: this.#space.encode(config), why: { by: name } }))
  }

  async judge({ trial, attempt }: JudgeCommand): Promise<Judgement> {
    const { action = 'continue', rule = clientName, halt } = await this.#ask({ type: 'decide', trial, attempt })
    return { action, why: { rule }, halt }
  }

  async explore({ trial, exploit }: ExploreCommand): Promise<readonly LogValue[]> {
    const proposed = this.#space.configOf(exploit.values)
    const { config = proposed } = await this.#ask({ type: 'explore', trial, config: proposed })
    return this.#space.valuesOf(config)
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
    // What is still asked keeps the process no longer.
    this.#pipe.hold(false)
  }

  #ask(question: Readonly<Record<string, unknown>>): Promise<ClientAnswer> {
    const id = ++this.#id
    this.#pipe.hold(true)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#pipe.send({ ...question, id })
    })
  }

  #heard(answer: ClientAnswer): void {
    if (this.#closed) return
    if (answer.id === 0) {
      const { resume = [], halt, stalled } = answer
      // What it does not know of yet may change its mind.
      return this.wished?.({ resume, halt, stalled: stalled === this.#sent })
    }
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) return
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#pipe.hold(false)
    if (answer.error === undefined) waiting.resolve(answer)
    else waiting.reject(failed(answer.error))
  }

  #tell(body: string, replayed: boolean): void {
    const events = decodeBatch(body).flatMap((event) => this.#told(event))
    if (events.length === 0) return
    this.#sent += 1
    this.#pipe.send({ type: 'log', replayed, events })
  }

  /** An event in the client's words; those of no concern to it are left out. */
  #told(event: Event): readonly Readonly<Record<string, unknown>>[] {
    switch (event.type) {
      case 'time':
        return [{ event: 'time', now: event.now }]
      case 'suggested':
        return [{ event: 'suggested', trial: event.trial, config: this.#space.configOf(event.values) }]
      case 'launched':
        return [{ event: 'launched', trial: event.trial, attempt: event.attempt }]
      case 'reported': {
        const { trial, attempt, step, judged, checkpoint = null } = event
        const metrics = metricsOf(event, this.#experiment.objectives)
        return [{ event: 'reported', trial, attempt, step, judged, checkpoint, metrics }]
      }
      case 'decided': {
        const { trial, attempt, action, by, why } = event
        return [{ event: 'decided', trial, attempt, action, by, why }]
      }
      case 'reopened':
        return [{ event: 'reopened', trial: event.trial, afresh: event.afresh }]
      case 'ended': {
        const { trial, attempt, outcome, state, failure } = event
        return [{ event: 'ended', trial, attempt, outcome, state, error: failure?.stack || failure?.message || null }]
      }
      default:
        return []
    }
  }
}

function failed(why: string): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: `an algorithm of this experiment failed: ${why}`,
    remedy: 'Mend it and resume: nothing that the log holds is lost.',
  })
}

function noClient(): never {
  throw new TrialistError({
    code: 'unsupported',
    message: 'the algorithms of this experiment are those of the program that began it',
    expected: 'that program, which is not there',
    remedy: 'Go on with it, such as by Tuner.restore(…) in Python.',
  })
}
