import { TrialistError, show } from '../base/errors.ts'
import { callFrom, spaceFrom } from '../space/expression.ts'
import { isTerminal } from '../logger/create.ts'
import type { ProgressName } from '../logger/progress.ts'
import type { ErrorParts } from '../base/errors.ts'
import { command } from '../trainable/external.ts'
import type { CommandOptions } from '../trainable/external.ts'
import type { OutcomeConstraintOption } from '../tuner/options.ts'
import { argumentsOf, numberOf, textOf } from './arguments.ts'
import { runExperiment } from './experiment.ts'
import type { ExperimentOptions } from './experiment.ts'
import { experimentIn } from './experiment-file.ts'
import { tunerIn } from './user-module.ts'

const common = {
  name: { type: 'string' },
  root: { type: 'string' },
  trials: { type: 'string' },
  time: { type: 'string' },
  quiet: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

const ofCommands = {
  metric: { type: 'string' },
  mode: { type: 'string' },
  objective: { type: 'string', multiple: true, default: [] as string[] },
  param: { type: 'string', multiple: true, default: [] as string[] },
  concurrency: { type: 'string' },
  cpus: { type: 'string' },
  memory: { type: 'string' },
  gpus: { type: 'string' },
  searcher: { type: 'string' },
  scheduler: { type: 'string' },
  seed: { type: 'string' },
  score: { type: 'string' },
  repeats: { type: 'string' },
  noisy: { type: 'boolean' },
  'warm-start': { type: 'string', multiple: true, default: [] as string[] },
  logger: { type: 'string', multiple: true, default: [] as string[] },
  constraint: { type: 'string', multiple: true, default: [] as string[] },
  'max-failures': { type: 'string' },
  timeout: { type: 'string' },
  heartbeat: { type: 'string' },
  grace: { type: 'string' },
  'report-pattern': { type: 'string' },
  'report-file': { type: 'string' },
  'stdout-reports': { type: 'boolean', default: true },
} as const

type Values = ReturnType<typeof argumentsOf>['values']

/** `trialist run`: a file, or a command after `--`. */
export function run(args: readonly string[]): Promise<number> {
  const separator = args.indexOf('--')
  if (separator >= 0) return runCommand(args.slice(0, separator), args.slice(separator + 1))
  const known = { ...common, ...ofCommands }
  const { values, positionals } = argumentsOf('run', args, known)
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) {
    throw wrongRun({ received: positionals.length === 0 ? 'neither' : positionals.join(' ') })
  }
  const foreign = Object.keys(ofCommands).filter((name) => isGiven(values[name]) || (name === 'noisy' && values[name]))
  if (foreign.length > 0) throw wrongFile(file, foreign)
  return file.endsWith('.json') ? runExperiment(experimentIn(file), file, overrides(values)) : runModule(file, values)
}

/** The file that a command line runs, if it runs one, and the names of the options that it gives. */
export function fileIn(args: readonly string[]): { readonly file: string | undefined; readonly options: Set<string> } {
  const separator = args.indexOf('--')
  const known = { ...common, ...ofCommands }
  const { values, positionals } = argumentsOf('run', separator < 0 ? args : args.slice(0, separator), known)
  const options = new Set(Object.keys(known).filter((name) => isGiven(values[name])))
  return { file: separator < 0 ? positionals[0] : undefined, options }
}

/** Options of ours stand before `--`, the command after it. */
async function runCommand(args: readonly string[], words: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf('run', args, { ...common, ...ofCommands })
  if (positionals.length > 0) throw wrongRun({ received: `${positionals.join(' ')} before --` })
  const metric = textOf(values['metric'])
  if (metric === undefined) {
    throw new TrialistError({
      code: 'invalid_option',
      message: 'trialist run',
      expected: '--metric NAME, the metric that the command prints or reports',
      received: 'none',
    })
  }
  const params = (values['param'] as readonly string[]).map(pairOf)
  const options: ExperimentOptions = {
    space: spaceFrom(params),
    metric,
    trainable: command(words, commandOptions(values)),
    ...defined({
      ...objectivesOf(metric, textOf(values['mode']), values['objective'] as readonly string[]),
      concurrency: numberOf('concurrency', values['concurrency']),
      seed: numberOf('seed', values['seed']),
      score: textOf(values['score']),
      repeats: numberOf('repeats', values['repeats']),
      noisy: values['noisy'],
      warmStart: values['warm-start'],
      loggers: (values['logger'] as readonly string[]).map((text) => callOf('--logger', text)!),
      outcomeConstraints: (values['constraint'] as readonly string[]).map(boundOf),
      maxFailures: numberOf('max-failures', values['max-failures']),
      timeout: numberOf('timeout', values['timeout']),
      heartbeat: numberOf('heartbeat', values['heartbeat']),
      terminationGrace: numberOf('grace', values['grace']),
      resources: defined({
        cpus: numberOf('cpus', values['cpus']),
        memory: numberOf('memory', values['memory']),
        gpus: numberOf('gpus', values['gpus']),
      }),
      searcher: callOf('--searcher', textOf(values['searcher'])),
      scheduler: callOf('--scheduler', textOf(values['scheduler'])),
    }),
  }
  const script = words.find((word) => /\.\w+$/.test(word)) ?? words[0] ?? 'command'
  return runExperiment(options, script, overrides(values))
}

/** One objective has a mode, several are a list; each further one is `NAME` or `NAME:MODE`. */
function objectivesOf(metric: string, mode: string | undefined, further: readonly string[]): object {
  if (further.length === 0) return { mode }
  const others = further.map((text) => {
    const [, name, own = 'min'] = /^(.+?)(?::(min|max))?$/.exec(text) ?? []
    return { metric: name, mode: own }
  })
  return { objectives: [{ metric, mode: mode ?? 'min' }, ...others] }
}

async function runModule(file: string, values: Values): Promise<number> {
  const tuner = await tunerIn(file)
  const { name, root, ...given } = overrides(values)
  const foreign = Object.entries({ name, root }).filter(([, value]) => value !== undefined)
  if (foreign.length > 0)
    throw wrongFile(
      file,
      foreign.map(([option]) => option),
    )
  const { exitCodeOf } = await import('./experiment.ts')
  return exitCodeOf(await tuner.fit({ ...given, resumeCommand: `trialist resume ${tuner.name}` }))
}

/** What both forms take. */
export interface Overrides {
  readonly name?: string
  readonly root?: string
  readonly trials?: number
  readonly time?: number
  readonly progress: ProgressName
}

function overrides(values: Values): Overrides {
  return {
    progress: progressOf(values),
    ...defined({
      name: textOf(values['name']),
      root: textOf(values['root']),
      trials: numberOf('trials', values['trials']),
      time: numberOf('time', values['time']),
    }),
  }
}

/** How to tell how it goes on; a resumed session may be told otherwise than the first one. */
function progressOf({ json, quiet }: Values): ProgressName {
  const asked = process.env['TRIALIST_PROGRESS']
  if (asked === 'json' || asked === 'ends' || asked === 'none') return asked
  if (json === true) return 'json'
  if (quiet === true) return 'none'
  return isTerminal() ? 'live' : 'plain'
}

function commandOptions(values: Values): CommandOptions {
  return defined({
    reportPattern: textOf(values['report-pattern']),
    reportFile: textOf(values['report-file']),
    stdoutReports: values['stdout-reports'] === false ? false : undefined,
  })
}

/** An algorithm as it is named on a command line, perhaps with options. */
export function callOf(what: string, text: string | undefined): { name: string; options: object } | undefined {
  if (text === undefined) return undefined
  const { name, args, options } = callFrom(what, text)
  if (args.length === 0) return { name, options }
  throw new TrialistError({
    code: 'invalid_option',
    message: what,
    expected: `options by name: ${name}(option=value)`,
    received: text,
  })
}

/** A parameter as it is given on a command line. */
export function pairOf(text: string): readonly [string, string] {
  const equals = text.indexOf('=')
  if (equals > 0) return [text.slice(0, equals).trim(), text.slice(equals + 1)]
  throw new TrialistError({
    code: 'invalid_option',
    message: '--param',
    expected: "NAME=EXPRESSION, such as lr='loguniform(1e-5, 1e-1)'",
    received: show(text),
  })
}

/** An outcome constraint: METRIC<=NUMBER or METRIC>=NUMBER. */
function boundOf(text: string): OutcomeConstraintOption {
  const [, metric, sign, number] = /^\s*(.+?)\s*(<=|>=)\s*(\S+)\s*$/.exec(text) ?? []
  const bound = Number(number)
  if (metric !== undefined && Number.isFinite(bound)) return { metric, [sign === '<=' ? 'max' : 'min']: bound }
  throw new TrialistError({
    code: 'invalid_option',
    message: '--constraint',
    expected: "METRIC<=NUMBER or METRIC>=NUMBER, such as 'latencyMs<=20'",
    received: show(text),
  })
}

function isGiven(value: Values[string]): boolean {
  return value !== undefined && value !== true && !(Array.isArray(value) && value.length === 0)
}

/** Without what is undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

function wrongFile(file: string, options: readonly string[]): TrialistError {
  return wrongRun({ received: `${file} with --${options.join(', --')}`, remedy: 'A file says that itself.' })
}

function wrongRun(parts: Partial<ErrorParts>): TrialistError {
  return new TrialistError({
    code: 'invalid_option',
    message: 'trialist run',
    expected: 'one FILE, or options and a command after --',
    remedy: 'See trialist run --help.',
    ...parts,
  })
}
