import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { wrongOption } from '../../base/check.ts'
import { TrialistError, messageOf, show } from '../../base/errors.ts'
import { checkVariables, variablesOf } from '../../trainable/command/environment.ts'
import { OutputReports } from '../../trainable/command/output-reports.ts'
import { checkTemplate, parseTemplate, renderTemplate } from '../../trainable/command/template.ts'
import type { Template } from '../../trainable/command/template.ts'
import type { CommandOptions, CommandTrainable } from '../../trainable/external.ts'
import type { Job } from '../factory.ts'
import { findProgram } from './interpreter.ts'
import type { Launch, LaunchedAttempt, Launcher, WorkerProcess } from './launcher.ts'
import type { WorkerServer } from './server.ts'
import { follow, killGroup } from './spawn.ts'

/** A command that was found to be right. */
export interface PreparedCommand {
  readonly template: Template
  readonly pattern: RegExp | undefined
  readonly options: CommandOptions
  readonly metrics: readonly string[]
}

export interface CommandLauncherOptions extends PreparedCommand {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly server: WorkerServer
}

/** Throws `invalid_option` or `not_found` where a command can't work, before anything runs. */
export function prepareCommand({ template, options }: CommandTrainable, job: Job): PreparedCommand {
  const words = parseTemplate(template)
  checkTemplate(words, job.parameters)
  checkVariables(job.parameters)
  const program = words[0]!
  if (!program.includes('{') && findProgram(program, options.cwd) === undefined) {
    throw new TrialistError({
      code: 'not_found',
      message: 'the command can’t be started',
      expected: 'a program on the PATH, or the path of one',
      received: show(program),
    })
  }
  return { template: words, pattern: patternOf(options), options, metrics: job.metrics }
}

function patternOf({ reportPattern }: CommandOptions): RegExp | undefined {
  if (reportPattern === undefined) return undefined
  const expected = 'a regular expression with the groups (?<name>…) and (?<value>…)'
  let pattern: RegExp
  try {
    pattern = new RegExp(reportPattern)
  } catch (thrown) {
    throw wrongOption('reportPattern', expected, messageOf(thrown))
  }
  if (/\(\?<name>/.test(reportPattern) && /\(\?<value>/.test(reportPattern)) return pattern
  throw wrongOption('reportPattern', expected, reportPattern)
}

/** How often a report file is looked at. Milliseconds. */
const periodMs = 200

/** Starts a program for each attempt, and reads reports from what it writes. */
export class CommandLauncher implements Launcher {
  readonly perAttempt = true
  readonly spares = 0
  readonly #options: CommandLauncherOptions

  constructor(options: CommandLauncherOptions) {
    this.#options = options
  }

  launch(launch: Launch): WorkerProcess {
    const { server, template, options } = this.#options
    const started = launch.attempt!
    const { attempt, directory, output } = started
    const config = join(directory, 'config.json')
    writeFileSync(config, `${JSON.stringify(attempt.config)}\n`)
    const [program, ...args] = renderTemplate(template, attempt.config, { trial: attempt.trial, directory, config })
    server.expect(launch.token, launch.connected)
    const child = spawn(program!, args, {
      detached: true,
      cwd: options.cwd,
      env: this.#environment(launch.token, started, config),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const reports = this.#reader(launch)
    const file = this.#file(launch, directory)
    child.stdout.on('data', (chunk: Buffer) => {
      appendFileSync(output, chunk)
      if (options.stdoutReports !== false) reports.write(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      appendFileSync(output, chunk)
    })
    follow(
      child,
      program!,
      (pid) => launch.spawned(pid),
      (exit) => {
        // What it started and left would keep the pipes open.
        killGroup(child.pid, 'SIGKILL')
        const read = (): void => {
          file.close()
          reports.end()
          launch.exited(exit, reports.seen)
        }
        if (exit.failure !== undefined) read()
        else child.once('close', read)
      },
    )
    return { kill: (signal) => void killGroup(child.pid, signal) }
  }

  close(): void {}

  #reader(launch: Launch): OutputReports {
    const { metrics, pattern } = this.#options
    return new OutputReports({ metrics, pattern, report: ({ metrics: found, step }) => launch.reported(found, step) })
  }

  /** Follows the file that the command writes reports to, where it does. */
  #file(launch: Launch, directory: string): { close(): void } {
    const { reportFile } = this.#options.options
    if (reportFile === undefined) return { close: () => {} }
    const reports = this.#reader(launch)
    const path = resolve(directory, reportFile)
    let offset = 0
    const read = (): void => {
      offset += readFrom(path, offset, (chunk) => reports.write(chunk))
    }
    const timer = setInterval(read, periodMs)
    return {
      close: () => {
        clearInterval(timer)
        read()
        reports.end()
      },
    }
  }

  #environment(token: string, { attempt, directory, env }: LaunchedAttempt, config: string): NodeJS.ProcessEnv {
    return {
      ...this.#options.env,
      ...env,
      ...variablesOf(attempt.config),
      TRIALIST_SOCKET: this.#options.server.address,
      TRIALIST_TOKEN: token,
      TRIALIST_CONFIG: config,
      TRIALIST_TRIAL: String(attempt.trial),
      TRIALIST_DIRECTORY: directory,
    }
  }
}

/** Reads what a file has from an offset on; answers how much. Nothing while it is not there. */
function readFrom(path: string, offset: number, take: (chunk: Buffer) => void): number {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch {
    return 0
  }
  try {
    const buffer = Buffer.alloc(65_536)
    let total = 0
    for (;;) {
      const read = readSync(descriptor, buffer, 0, buffer.length, offset + total)
      if (read === 0) return total
      take(buffer.subarray(0, read))
      total += read
    }
  } finally {
    closeSync(descriptor)
  }
}
