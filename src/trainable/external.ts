import { knownOptions, wrongOption } from '../base/check.ts'

/** What is common to code that runs in processes of its own. */
export interface ProcessOptions {
  /** Environment variables besides the engine's own. */
  readonly env?: Readonly<Record<string, string>>
}

export interface CommandOptions extends ProcessOptions {
  /** The folder the command starts in. Default: the current one. */
  readonly cwd?: string
  /** Whether standard output is read for reports. Default: true. */
  readonly stdoutReports?: boolean
  /** A regular expression with the named groups `name` and `value` that finds metrics in a line, in place of the usual forms. */
  readonly reportPattern?: string
  /** A file that the command writes reports to, in the forms of standard output; relative to the trial's own folder. */
  readonly reportFile?: string
}

export interface PythonOptions extends ProcessOptions {
  /** Python 3.10 or newer. Default: `TRIALIST_PYTHON`, that of the active virtual environment, `python3`. */
  readonly interpreter?: string
  /** Runs one trial after another in the same process: fast, but what one leaves behind the next finds. Default: false. */
  readonly reuse?: boolean
  /** Imports the code once and forks a child for each trial where that is safe. Default: true. */
  readonly fork?: boolean
  /** Tells this code from a changed one: a hash of its source. Default: the hash of its file. */
  readonly sourceHash?: string
}

export interface ModuleOptions extends ProcessOptions {
  /** The name of the exported function or class. Default: `default`. */
  readonly export?: string
  /** Default: `thread`, a worker thread for each slot; `process` also bears with crashes and memory leaks. */
  readonly isolation?: 'thread' | 'process'
}

/** A program that is started for each trial. */
export interface CommandTrainable {
  readonly kind: 'command'
  readonly template: string | readonly string[]
  readonly options: CommandOptions
}

/** A Python function or class. */
export interface PythonTrainable {
  readonly kind: 'python'
  /** `FILE.py:NAME`, `MODULE:NAME` or `pickle:FILE`. */
  readonly target: string
  readonly options: PythonOptions
}

/** A function or class that a module exports, in a worker thread or a process of its own. */
export interface ModuleTrainable {
  readonly kind: 'module'
  /** A `file:` URL or an absolute path. */
  readonly url: string
  readonly options: ModuleOptions
}

export type ExternalTrainable = CommandTrainable | PythonTrainable | ModuleTrainable

/**
 * Any program. `{name}` in a word is replaced by the parameter's value, a word whose parameter is inactive is dropped with
 * the option before it, `{params}` stands for `--name value` of all active parameters. A text is split into words as a
 * POSIX shell does, but no shell runs it. Reports are read from standard output (`name=number`, `name: number`, or a JSON
 * object that holds a declared metric), or come through the Python package's `report`.
 */
export function command(template: string | readonly string[], options: CommandOptions = {}): CommandTrainable {
  knownOptions('command()', options, ['env', 'cwd', 'stdoutReports', 'reportPattern', 'reportFile'])
  const words = typeof template === 'string' ? [template] : template
  if (!Array.isArray(words) || words.length === 0 || words.some((word) => typeof word !== 'string')) {
    throw wrongOption('command()', 'a text, or a list of words', template)
  }
  return { kind: 'command', template, options }
}

/**
 * A Python function `train(config)` or class, named `FILE.py:NAME` or `MODULE:NAME`. The code is imported once, and each
 * trial runs in a child forked from there; where forking is not safe, in a fresh process.
 */
export function python(target: string, options: PythonOptions = {}): PythonTrainable {
  knownOptions('python()', options, ['env', 'interpreter', 'reuse', 'fork', 'sourceHash'])
  if (typeof target !== 'string' || !/^(pickle:.+|.+:[\p{L}_][\p{L}\p{N}_.]*)$/u.test(target)) {
    throw wrongOption('python()', "'FILE.py:NAME' or 'MODULE:NAME'", target)
  }
  return { kind: 'python', target, options }
}

/** What a module exports, for work that computes: `module(new URL('./train.ts', import.meta.url))`. */
export function module(url: URL | string, options: ModuleOptions = {}): ModuleTrainable {
  knownOptions('module()', options, ['env', 'export', 'isolation'])
  const { isolation = 'thread' } = options
  if (isolation !== 'thread' && isolation !== 'process') {
    throw wrongOption('module(): isolation', "'thread' or 'process'", isolation)
  }
  const text = String(url)
  if (!text.startsWith('file:') && !text.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(text)) {
    throw wrongOption('module()', 'a file: URL or an absolute path', url)
  }
  return { kind: 'module', url: text, options }
}

export function isExternal(trainable: unknown): trainable is ExternalTrainable {
  return typeof trainable === 'object' && trainable !== null && 'kind' in trainable
}
