import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { TrialistError, show } from '../../base/errors.ts'

/** Where a program lies: a path as it is, a name on the PATH; undefined where there is none that can be run. */
export function findProgram(program: string, cwd: string = process.cwd()): string | undefined {
  if (isAbsolute(program) || program.includes('/')) {
    const path = resolve(cwd, program)
    return isProgram(path) ? path : undefined
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : ['']
  for (const folder of folders) {
    const found = endings.map((ending) => join(folder, program + ending)).find(isProgram)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The Python that runs trials: the one that was named, `TRIALIST_PYTHON`, that of the active virtual environment, `python3`,
 * `python`. Throws `not_found` where there is none.
 */
export function findPython(named: string | undefined): string {
  const asked = named ?? (process.env['TRIALIST_PYTHON'] || undefined)
  if (asked !== undefined) return findProgram(asked) ?? missing(asked)
  const { VIRTUAL_ENV: environment } = process.env
  const candidates = [environment && join(environment, 'bin', 'python'), 'python3', 'python'].filter(
    Boolean,
  ) as string[]
  for (const candidate of candidates) {
    const found = findProgram(candidate)
    if (found !== undefined) return found
  }
  return missing('python3')
}

const pythonFolder = fileURLToPath(new URL('../../../python', import.meta.url))

/** An environment for Python in which our package is found without having been installed. */
export function withPackage(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const { PYTHONPATH: path } = env
  return { ...env, PYTHONPATH: path ? `${pythonFolder}${delimiter}${path}` : pythonFolder }
}

function missing(program: string): never {
  throw new TrialistError({
    code: 'not_found',
    message: 'there is no Python to run the trials',
    expected: 'Python 3.10 or newer',
    received: `no program ${show(program)}`,
    remedy: 'Install Python, activate its environment, or name it: python(…, { interpreter }) or TRIALIST_PYTHON.',
  })
}

function isProgram(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
