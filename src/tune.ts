import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

import { finiteAbove, knownOptions, wholeFrom } from './base/check.ts'
import { systemClock, wallTimeMs } from './base/clock.ts'
import { TrialistError } from './base/errors.ts'
import type { Executor } from './executor/executor.ts'
import type { ExecutorFactory, Job } from './executor/factory.ts'
import { InlineExecutor } from './executor/inline.ts'
import type { ClientPipe } from './bridge/client.ts'
import { engineFrom } from './bridge/engines/engine.ts'
import { hostsFor } from './bridge/hosts.ts'
import type { Hosts } from './bridge/hosts.ts'
import type { Checkpoints } from './checkpoint/checkpoints.ts'
import { FolderCheckpoints } from './checkpoint/folder.ts'
import { createProcessExecutor } from './executor/process/create.ts'
import { recordOfExternal } from './executor/process/record.ts'
import { checkMachine, checkResources, detectMachine, Machine, refuseResources } from './executor/resources.ts'
import { underSignals } from './executor/signals.ts'
import { SimulatedExecutor, checkSimulatedOptions } from './executor/simulated.ts'
import type { SimulatedOptions } from './executor/simulated.ts'
import { outcomeOf } from './tuner/outcome.ts'
import { isTerminal, progressFrom } from './logger/create.ts'
import type { Progress, ProgressName } from './logger/progress.ts'
import { schedulers } from './schedule/registry.ts'
import { compileSpace } from './space/compile.ts'
import { parameterPaths } from './space/leaves.ts'
import type { EncodedSpace } from './space/encoded.ts'
import type { Config, Space } from './space/types.ts'
import type { StopperFactory } from './stop/stopper.ts'
import type { StoreFactory } from './store/factory.ts'
import { memory } from './store/memory.ts'
import { defaultName, resumeCommand } from './store/name.ts'
import { sessionFacts } from './store/session.ts'
import { sqlite } from './store/sqlite.ts'
import type { Store } from './store/store.ts'
import { isExternal } from './trainable/external.ts'
import { fromClass } from './trainable/from-class.ts'
import { checkTrainable, isCurves, isTrainableClass } from './trainable/trainable.ts'
import type { AnyTrainable, MetricsWith, TrainableFunction } from './trainable/trainable.ts'
import { encodeBatch } from './trial/encoder.ts'
import type { Budget, Experiment, Metrics, TrainableRecord } from './trial/event.ts'
import { createCore, eventsOf, openingOf, replay } from './tuner/build.ts'
import { askedFor } from './tuner/asked.ts'
import type { Asked } from './tuner/asked.ts'
import { Callbacks, startOf } from './tuner/callbacks.ts'
import { checkOptions } from './tuner/check-options.ts'
import type { Core } from './tuner/core.ts'
import { Engine } from './tuner/engine.ts'
import type { SessionEnd } from './tuner/engine.ts'
import { describeExperiment, earlierFrom, pluginsFor } from './tuner/experiment.ts'
import { checkFingerprint, keptAsRecorded } from './tuner/identity.ts'
import { objectivesOf, outcomeConstraintsOf, searchOptionNames } from './tuner/options.ts'
import type { AnySearchOptions, SearchOptions, TunerOptions } from './tuner/options.ts'
import { Projection } from './tuner/projection.ts'
import { ResultGrid } from './tuner/results.ts'
import type { Result } from './tuner/results.ts'
import { AskTell, checkScheduler } from './tuner/study.ts'

/** The metrics of results: the declared one is always there. */
export type ResultMetrics<M extends string> = Readonly<Record<M, number>> & Metrics

export type Options<S, M extends string> = TunerOptions<S, M, ExecutorFactory, StoreFactory>

/** The engine does not know the static type of the space. */
// oxlint-disable-next-line typescript/no-explicit-any
type AnyOptions = Options<any, string>

export interface FitOptions extends Asked {
  /** Goes on with the experiment of this name. Default: false, and true where TRIALIST_RESUME is set. */
  readonly resume?: boolean
  /**
   * How the session tells how it goes on: `live`, a few lines that are drawn anew at the bottom of a terminal; `plain`, lines
   * for a log; `json`, JSON lines on standard output; `none`, only the start and warnings; or one of your own. Default: `live`
   * where standard error is a terminal and the tuner has no `log`, else `none`.
   */
  readonly progress?: ProgressName | Progress
  /** The command that is shown for going on. Default: the present one. */
  readonly resumeCommand?: string
  /** The program that started this one, where it has algorithms or callbacks of its own. Default: none. */
  readonly client?: ClientPipe | undefined
}

const tunerOptionNames = searchOptionNames.concat(
  ['name', 'trainable', 'trials', 'time', 'concurrency', 'stop', 'maxFailures', 'callbacks'],
  ['executor', 'store', 'terminationGrace', 'log', 'resources', 'timeout', 'heartbeat', 'checkpoints'],
)
const defaultTrials = 100
const defaultGraceSeconds = 25

/**
 * Tunes a trainable: runs trials until the budget is used up or nothing is left to try. All that happens is kept in a log,
 * from which the experiment goes on exactly after any interruption.
 */
export class Tuner<const S extends Space, const M extends string> {
  readonly #options: AnyOptions
  readonly #space: EncodedSpace
  readonly #stoppers: readonly StopperFactory[]
  /** Where lines for people go while a session runs. */
  #say: (line: string) => void = () => {}
  /** Signals ended the session while trials were running. */
  #aborted = false
  /** Name of the experiment. */
  readonly name: string

  /** Throws `invalid_space`, `invalid_option` or `unknown_option`, before anything runs. */
  constructor(options: Options<S, M>) {
    checkOptions('Tuner', options, tunerOptionNames)
    checkTrainable(options.trainable)
    checkResources(options.resources === undefined ? {} : options.resources)
    this.#options = options as AnyOptions
    this.#space = spaceOf(this.#options)
    this.#stoppers = [options.stop ?? []].flat()
    this.name = options.name ?? process.env['TRIALIST_RESUME'] ?? defaultName()
    this.#describe({}, { slots: 1, held: 0 })
  }

  /**
   * Runs the experiment and answers its results. Rejects with a `TrialistError`: `name_taken`, `not_found`, `fingerprint`,
   * `experiment_locked`, `corrupt_store`, `foreign_store`, `read_only`, or `plugin` where an algorithm of the user's threw.
   */
  async fit(fit: FitOptions = {}): Promise<ResultGrid<Config<S>, ResultMetrics<M>>> {
    knownOptions('fit()', fit, [
      'resume',
      'trials',
      'time',
      'failed',
      'unfinished',
      'progress',
      'resumeCommand',
      'client',
    ])
    const progress = this.#progress(fit)
    const stores = this.#options.store ?? sqlite()
    const folder = stores.folder(this.name)
    const checkpoints = new FolderCheckpoints(join(folder, 'checkpoints'))
    const executor = this.#executor(folder, checkpoints)
    const resume = this.#resumes(fit, stores)
    const present = { ...this.#describe(fit, executor), ...this.#earlier(resume, stores) }
    const session = { startedWallMs: wallTimeMs(), facts: sessionFacts() }
    const store = resume ? stores.resume(this.name, session) : stores.create(this.name, session)
    let results: ResultGrid<Config<S>, ResultMetrics<M>> | undefined
    let hosts: Hosts | undefined
    try {
      const { core, projection } = resume ? this.#reopen(store, present) : this.#open(store, present)
      const warn = (message: string): void => this.#warn(message)
      const callbacks = new Callbacks([...(this.#options.callbacks ?? []), progress], warn)
      // A simulation's checkpoints have no files.
      const files = isCurves(this.#options.trainable) ? undefined : checkpoints
      hosts = this.#hosts(core, store, fit, executor.clock !== systemClock)
      const engine = new Engine({ core, projection, store, executor, callbacks, warn, checkpoints: files, ...hosts })
      const budget = resume ? this.#changeBudget(engine, core, present.budget, fit) : present.budget
      const run = (): Promise<SessionEnd> => {
        if (stores.durable) this.#announce(store, resume, fit)
        callbacks.start(startOf(core.state, store.location, resume, budget))
        return engine.run()
      }
      // Without a durable store there is nothing to save: signals end the process as ever.
      const end = stores.durable ? await this.#guard(run, engine, executor, fit) : await run()
      results = new ResultGrid(core.state, store.location, end, () => eventsOf(stores.read(this.name)), checkpoints)
      return results
    } finally {
      hosts?.host?.close()
      hosts?.client?.close()
      await executor.close()
      await checkpoints.close()
      store.close()
      progress.close(results && outcomeOf(results))
      // Functions that did not stop would keep the process; what follows fit() is still carried out up to its first wait.
      if (this.#aborted) setImmediate(() => process.exit())
    }
  }

  #progress({ progress }: FitOptions): Progress {
    const log = this.#options.log ?? ((line: string): void => void process.stderr.write(`${line}\n`))
    const live = this.#options.log === undefined && isTerminal()
    this.#say = (line) => made.say(line)
    const made = progressFrom(progress ?? (live ? 'live' : 'none'), log)
    return made
  }

  #hosts({ state: { experiment } }: Core, store: Store, { client: pipe }: FitOptions, isVirtual: boolean): Hosts {
    return hostsFor({ experiment, space: this.#space, log: () => store.read(), pipe, isVirtual })
  }

  get #graceMs(): number {
    return 1000 * (this.#options.terminationGrace ?? defaultGraceSeconds)
  }

  #describe(fit: FitOptions, executor: Pick<Executor, 'slots' | 'held'>): Experiment {
    const { maxFailures = 0, trainable, checkpoints } = this.#options
    return describeExperiment(this.#options, this.#space, {
      name: this.name,
      budget: this.#budget(fit, executor),
      maxFailures,
      checkpoints,
      stoppers: this.#stoppers,
      trainable: recordOf(trainable),
      seed: randomSeed(),
    })
  }

  #budget(fit: FitOptions, { slots: concurrency, held }: Pick<Executor, 'slots' | 'held'>): Budget {
    const asked = askedFor(fit, process.env)
    const time = asked.time ?? this.#options.time
    const trials = asked.trials ?? this.#options.trials ?? (time === undefined ? defaultTrials : undefined)
    return {
      trials: trials === undefined ? null : wholeFrom('trials', trials, 1),
      timeMs: time === undefined ? null : 1000 * finiteAbove('time', time, 0),
      concurrency,
      ...(schedulers.resolve(this.#options.scheduler ?? 'fifo').capabilities.pauses && { held }),
    }
  }

  #executor(folder: string, checkpoints: Checkpoints): Executor {
    const { trainable, concurrency, metric, resources = {}, timeout = Infinity, heartbeat = Infinity } = this.#options
    const factory = this.#options.executor ?? (isCurves(trainable) ? simulated() : local())
    return factory.create({
      trainable,
      metric,
      metrics: this.#metrics(),
      concurrency,
      graceMs: this.#graceMs,
      parameters: parameterPaths(this.#space),
      resources,
      timeoutMs: 1000 * timeout,
      heartbeatMs: 1000 * heartbeat,
      folder,
      checkpoints,
    })
  }

  /** Of a new experiment what it learns from; a resumed one has that in its record, and only the names are compared. */
  #earlier(resume: boolean, stores: StoreFactory): Pick<Experiment, 'earlier'> {
    const { warmStart = [] } = this.#options
    if (resume) return { earlier: warmStart.map((place) => ({ name: basename(place), values: [], losses: [] })) }
    return earlierFrom(this.#options, this.#space, (place) => logOf(place, stores), this.#say)
  }

  /** Those that are declared: what has one of them is a report. */
  #metrics(): readonly string[] {
    const declared = [...objectivesOf(this.#options), ...outcomeConstraintsOf(this.#options)]
    return [...new Set(declared.map(({ metric }) => metric))]
  }

  #resumes({ resume }: FitOptions, stores: StoreFactory): boolean {
    if (resume !== undefined) return resume
    const named = process.env['TRIALIST_RESUME']
    return named !== undefined && (named === this.name || stores.exists(this.name))
  }

  #open(store: Store, experiment: Experiment): Opened {
    const opened = this.#build(experiment)
    store.append({ count: 1, body: encodeBatch([{ type: 'opened', version: 1, experiment }]), trials: [] })
    return opened
  }

  #reopen(store: Store, present: Experiment): Opened {
    const recorded = openingOf(store.read())
    checkFingerprint(recorded, present)
    for (const sentence of keptAsRecorded(recorded, present, this.#options.seed !== undefined)) this.#warn(sentence)
    const opened = this.#build(recorded)
    replay(store.read(), opened.core, opened.projection)
    return opened
  }

  #build(experiment: Experiment): Opened {
    const engine = engineFrom(experiment.searcher)
    const handedIn = engine === undefined ? this.#options : { ...this.#options, searcher: engine }
    const plugins = pluginsFor(experiment, handedIn, this.#stoppers)
    const core = createCore(experiment, this.#space, plugins)
    return { core, projection: new Projection(this.#space, experiment.objectives) }
  }

  /**
   * What the user asks for now replaces the recorded budget; a halt for equal failures is lifted by resuming. A tuner that says
   * what it said at the first start asks for nothing: a total that was raised since then stays. Answers the budget.
   */
  #changeBudget(engine: Engine, core: Core, wanted: Budget, fit: FitOptions): Budget {
    const { budget, halted, experiment } = core.state
    const { trials = experiment.budget.trials, time } = this.#options
    const now = askedFor(fit, process.env)
    const keepTrials = now.trials === undefined && trials === experiment.budget.trials
    const keepTime = now.time === undefined && (time === undefined || 1000 * time === experiment.budget.timeMs)
    const asked: Budget = {
      trials: keepTrials ? budget.trials : wanted.trials,
      timeMs: keepTime ? budget.timeMs : wanted.timeMs,
      concurrency: wanted.concurrency,
      ...(wanted.held !== undefined && { held: wanted.held }),
    }
    const raised = asked.trials !== budget.trials || asked.timeMs !== budget.timeMs
    // Another number of slots is no wish to go on with what a stopper ended.
    const moved = halted === undefined && (asked.concurrency !== budget.concurrency || asked.held !== budget.held)
    if (raised || moved || halted?.by === 'failures') engine.change(asked)
    if (now.unfinished === 'stop') engine.stopUnfinished()
    if (now.failed === 'resume' || now.failed === 'restart') engine.reopen(now.failed === 'restart')
    return asked
  }

  /** Runs the engine under the process's signals: the first asks it to end, the second ends it. */
  #guard(run: () => Promise<SessionEnd>, engine: Engine, executor: Executor, fit: FitOptions): Promise<SessionEnd> {
    let cancelGrace = (): void => {}
    const abort = (): void => {
      if (engine.abort()) this.#aborted = true
    }
    const interrupt = (signal: string): void => {
      this.#say(`${signal}: stopping ${this.name}. Once more to stop at once.`)
      cancelGrace = executor.clock.after(this.#graceMs, abort)
      engine.interrupt()
    }
    const ended = (): void => {
      cancelGrace()
      this.#say(`Resume with: ${fit.resumeCommand ?? resumeCommand(this.name)}`)
    }
    return underSignals(run, { interrupt, abort, ended })
  }

  #announce(store: Store, resume: boolean, fit: FitOptions): void {
    this.#say(`${resume ? 'Resuming' : 'Running'} ${this.name}: the log is ${store.location}`)
    this.#say(`Resume with: ${fit.resumeCommand ?? resumeCommand(this.name)}`)
  }

  #warn(message: string): void {
    this.#say(`Warning: ${message}`)
  }
}

interface Opened {
  readonly core: Core
  readonly projection: Projection
}

export interface MinimizeOptions<S> extends Omit<
  SearchOptions<S, 'value'>,
  'space' | 'metric' | 'objectives' | 'scheduler'
> {
  /** Default: 100. */
  readonly trials?: number
  /** Seconds. */
  readonly time?: number
  /** Calls at the same time. Default: 1, so that each suggestion knows all results before it. */
  readonly concurrency?: number
}

/** What is minimised, perhaps with other metrics beside it, such as those that outcome constraints bound. */
export type Evaluation = number | MetricsWith<'value'>

/**
 * The shortest form: finds the configuration for which `objective` is smallest (or largest, with `mode: 'max'`). In memory,
 * without output. Answers the best trial: its `config` and its `score`.
 */
export async function minimize<const S extends Space>(
  objective: (config: Config<S>) => Evaluation | Promise<Evaluation>,
  space: Options<S, 'value'>['space'],
  options: MinimizeOptions<S> = {},
): Promise<Result<Config<S>, ResultMetrics<'value'>>> {
  const trainable: TrainableFunction<Config<S>, MetricsWith<'value'>> = async ({ config }) => {
    const evaluated = await objective(config)
    return typeof evaluated === 'object' ? evaluated : { value: evaluated }
  }
  const name = 'minimize'
  const fixed = { space, trainable, name, store: memory(), log: () => {} }
  const tuner = new Tuner<S, 'value'>({ concurrency: 1, ...options, ...fixed, metric: 'value' })
  return (await tuner.fit({ resume: false })).best
}

/**
 * Ask and tell: the caller runs the trials. `const trial = study.ask()`, then `study.tell(trial, { loss })`. Synchronous
 * and in memory.
 */
export class Study<const S extends Space, const M extends string> extends AskTell<
  Config<S>,
  MetricsWith<M>,
  ResultMetrics<M>
> {
  constructor(options: SearchOptions<S, M>) {
    checkOptions('Study', options, searchOptionNames)
    const search = options as AnySearchOptions
    checkScheduler(search.scheduler)
    const space = spaceOf(search)
    const experiment = describeExperiment(search, space, {
      name: 'study',
      budget: { trials: null, timeMs: null, concurrency: 1 },
      maxFailures: 0,
      stoppers: [],
      trainable: { kind: 'ask-tell' },
      seed: randomSeed(),
    })
    const warm = {
      ...experiment,
      ...earlierFrom(
        search,
        space,
        (place) => logOf(place, sqlite()),
        () => {},
      ),
    }
    super(createCore(warm, space, pluginsFor(warm, search, [])))
  }
}

/** What of this machine trials may use. Default of each: all that there is. */
export interface LocalOptions {
  readonly cpus?: number
  /** Bytes. */
  readonly memory?: number
  /** Ids of devices, as in `CUDA_VISIBLE_DEVICES`; those that are there are looked up only where trials need GPUs. */
  readonly gpus?: readonly string[]
}

/**
 * Runs trials on this machine: async functions and classes on the engine's own thread, `module()`, `python()` and
 * `command()` in threads and processes of their own. As many at the same time as CPUs, memory and GPUs allow.
 */
export function local(options: LocalOptions = {}): ExecutorFactory {
  checkMachine('local()', options)
  return {
    name: 'local',
    create(job) {
      const { trainable, metric, concurrency, graceMs, timeoutMs, heartbeatMs, checkpoints } = job
      if (isCurves(trainable)) throw wrongExecutor('local()', 'a function or a class', 'curves')
      if (isExternal(trainable)) return createProcessExecutor(trainable, job, machineFor(options, job))
      refuseResources(job.resources)
      const runner = isTrainableClass(trainable)
        ? fromClass(trainable)
        : { run: trainable as TrainableFunction<unknown> }
      return new InlineExecutor({
        trainable: runner.run,
        ...('close' in runner && { close: runner.close }),
        slots: concurrency ?? availableParallelism(),
        metric,
        graceMs,
        timeoutMs,
        heartbeatMs,
        checkpoints,
      })
    },
  }
}

/** The machine as far as trials may use it. Whoever names a concurrency and no CPUs wants so many, however many there are. */
function machineFor({ cpus, memory: bytes, gpus }: LocalOptions, { resources, concurrency }: Job): Machine {
  const found = detectMachine({ gpus: gpus === undefined && (resources.gpus ?? 0) > 0 })
  const wanted = resources.cpus === undefined ? (concurrency ?? 0) : 0
  return new Machine({
    cpus: Math.max(cpus ?? found.cpus, wanted),
    memory: bytes ?? found.memory,
    gpus: gpus ?? found.gpus,
  })
}

/** Runs curves on virtual time: hours of training in milliseconds. */
export function simulated(options: SimulatedOptions = {}): ExecutorFactory {
  checkSimulatedOptions(options)
  return {
    name: 'simulated',
    create({ trainable, concurrency }) {
      if (!isCurves(trainable)) throw wrongExecutor('simulated()', 'curves: { steps, metrics, seconds? }', 'code')
      const workers = options.workers ?? concurrency
      return new SimulatedExecutor(trainable, workers === undefined ? options : { ...options, workers })
    },
  }
}

function wrongExecutor(name: string, expected: string, received: string): TrialistError {
  return new TrialistError({
    code: 'unsupported',
    message: `the executor ${name} can't run this trainable`,
    expected,
    received,
  })
}

/** The log of an experiment that is named, or whose folder is. What a memory does not hold lies in files. */
function logOf(place: string, stores: StoreFactory): Iterable<string> {
  const isPath = /[/\\]/.test(place)
  if (isPath) return sqlite({ root: dirname(resolve(place)) }).read(basename(resolve(place)))
  return stores.durable || stores.exists(place) ? stores.read(place) : sqlite().read(place)
}

function spaceOf({ space, constraints, candidates }: AnySearchOptions): EncodedSpace {
  return compileSpace(space as Space, { ...(constraints && { constraints }), ...(candidates && { candidates }) })
}

function recordOf(trainable: AnyTrainable): TrainableRecord {
  if (isCurves(trainable)) return { kind: 'curves' }
  if (isExternal(trainable)) return recordOfExternal(trainable)
  const sourceHash = createHash('sha256').update(Function.prototype.toString.call(trainable)).digest('hex').slice(0, 16)
  return { kind: 'inline', sourceHash }
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}
