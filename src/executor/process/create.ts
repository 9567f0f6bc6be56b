import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { TrialistError, show } from '../../base/errors.ts'
import type { ExternalTrainable, ModuleTrainable, PythonTrainable } from '../../trainable/external.ts'
import type { Executor } from '../executor.ts'
import type { Job } from '../factory.ts'
import { checkResources } from '../resources.ts'
import type { Machine } from '../resources.ts'
import { CommandLauncher, prepareCommand } from './command-launcher.ts'
import { findPython, withPackage } from './interpreter.ts'
import type { Launcher } from './launcher.ts'
import { ModuleLauncher } from './module-launcher.ts'
import { ProcessExecutor } from './process-executor.ts'
import type { Surroundings } from './session.ts'
import { PythonLauncher } from './python-launcher.ts'

/** The Python package, beside the built one and beside the sources. */
/** What runs beside a module; of the same kind as this file, `.ts` or `.js`. */
const workerEntry = new URL(`../../worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url)

/**
 * An executor of processes or threads for code outside of the engine. Looks for what it will need before anything runs:
 * throws `not_found` for a missing script, module or program, `resources` where the machine can never hold a trial.
 */
export function createProcessExecutor(trainable: ExternalTrainable, job: Job, machine: Machine): Executor {
  const resources = checkResources(job.resources)
  const slots = machine.slots(resources)
  const { metric, graceMs, timeoutMs, heartbeatMs, folder } = job
  return new ProcessExecutor({
    resources,
    machine,
    slots: Math.min(slots, job.concurrency ?? slots),
    // What a command prints is a report that it waits for no answer to.
    holds: trainable.kind !== 'command',
    metric,
    graceMs,
    timeoutMs,
    heartbeatMs,
    folder,
    launcher: launcherFor(trainable, job),
  })
}

function launcherFor(trainable: ExternalTrainable, job: Job): (surroundings: Surroundings) => Launcher {
  if (trainable.kind === 'command') return commandLauncher(trainable, job)
  if (trainable.kind === 'module') return moduleLauncher(trainable)
  return pythonLauncher(trainable)
}

function commandLauncher(trainable: Extract<ExternalTrainable, { kind: 'command' }>, job: Job) {
  const prepared = prepareCommand(trainable, job)
  const env = { ...environmentFor(trainable), PYTHONUNBUFFERED: '1' }
  return (surroundings: Surroundings) => new CommandLauncher({ ...surroundings, ...prepared, env })
}

function moduleLauncher(trainable: ModuleTrainable) {
  const { url } = trainable
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  if (!existsSync(path)) throw notFound('module', path)
  const env = { ...process.env, ...trainable.options.env, NODE_TEST_CONTEXT: undefined }
  return (surroundings: Surroundings) => new ModuleLauncher({ ...surroundings, trainable, entry: workerEntry, env })
}

function pythonLauncher(trainable: PythonTrainable) {
  const file = pythonFile(trainable)
  if (file !== undefined && !existsSync(file)) throw notFound('script', file)
  const interpreter = findPython(trainable.options.interpreter)
  const env = environmentFor(trainable)
  return (surroundings: Surroundings) => new PythonLauncher({ ...surroundings, trainable, interpreter, env })
}

/** The file that a target names; undefined where it names a module. */
export function pythonFile({ target }: PythonTrainable): string | undefined {
  if (target.startsWith('pickle:')) return resolve(target.slice('pickle:'.length))
  const source = target.slice(0, target.lastIndexOf(':'))
  return source.endsWith('.py') ? resolve(source) : undefined
}

/** The engine's own environment, with our Python package where it is found without having been installed. */
function environmentFor({ options }: ExternalTrainable): Record<string, string | undefined> {
  return withPackage({ ...process.env, ...options.env })
}

function notFound(what: string, path: string): TrialistError {
  return new TrialistError({
    code: 'not_found',
    message: `there is no ${what} to tune`,
    expected: 'a file',
    received: show(path),
    remedy: `The path is taken from the current folder, ${join(process.cwd(), '/')}.`,
  })
}
