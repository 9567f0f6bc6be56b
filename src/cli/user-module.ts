import { existsSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { didYouMean } from '../base/check.ts'
import { TrialistError, messageOf, show } from '../base/errors.ts'
import { Tuner } from '../tune.ts'

type AnyTuner = Tuner<Record<string, unknown>, string>

/** The Tuner that a user's file exports by default. Throws `not_found` or `invalid_option` with what to do. */
export async function tunerIn(file: string): Promise<AnyTuner> {
  const path = resolve(file)
  if (!existsSync(path) || statSync(path).isDirectory()) {
    throw new TrialistError({
      code: 'not_found',
      message: 'there is no file to run',
      expected: 'a TypeScript, JavaScript or JSON file',
      received: `${show(file)}${existsSync(path) ? ', which is a folder' : ''}`,
    })
  }
  const tuner = (await imported(path, file)).default
  if (isTuner(tuner)) return tuner
  throw new TrialistError({
    code: 'invalid_option',
    message: `${file} does not export what is to run`,
    expected: 'a Tuner as its default export: export default new Tuner({ … })',
    received: isNothing(tuner) ? 'no default export' : show(tuner),
    remedy: `A file that calls fit() itself is run by node: node ${file}.`,
  })
}

/** A file in a project may have imported the copy of Trialist that is installed there. */
function isTuner(value: unknown): value is AnyTuner {
  if (value instanceof Tuner) return true
  if (typeof value !== 'object' || value === null) return false
  const { fit, name, constructor } = value as Partial<AnyTuner>
  return constructor?.name === 'Tuner' && typeof fit === 'function' && typeof name === 'string'
}

/** A file that neither imports nor exports is a CommonJS module, whose exports are an empty object. */
function isNothing(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

/** Imports a user's file, in which `trialist` needs no installation. Throws what the file throws, or what to do about it. */
export async function imported(path: string, file: string): Promise<{ readonly default?: unknown }> {
  resolveOurselves()
  // What an experiment without a name is named after.
  process.env['TRIALIST_SCRIPT'] = path
  try {
    return (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
  } catch (thrown) {
    if (thrown instanceof TrialistError) throw thrown
    const remedy = remedyOf(thrown, file)
    const where = placeOf(thrown)
    if (remedy === undefined && where === undefined) throw thrown
    throw new TrialistError({
      code: 'invalid_option',
      message: `${file} can't be loaded: ${messageOf(thrown)}${where === undefined ? '' : ` (${where})`}`,
      ...(remedy !== undefined && { remedy }),
      cause: thrown,
    })
  } finally {
    delete process.env['TRIALIST_SCRIPT']
  }
}

let resolving = false

/** Lets a file outside of a project import `trialist`: this one. */
function resolveOurselves(): void {
  if (resolving) return
  resolving = true
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  const own = new Map([
    ['trialist', new URL(`../index${extension}`, import.meta.url).href],
    ['trialist/testing', new URL(`../testing/index${extension}`, import.meta.url).href],
  ])
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context)
      } catch (thrown) {
        const missing = (thrown as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
        if (!missing || !/^trialist(?:\/|$)/.test(specifier)) throw thrown
        const url = own.get(specifier)
        if (url === undefined) throw notExported(specifier, [...own.keys()])
        return { url, shortCircuit: true }
      }
    },
  })
}

function notExported(specifier: string, names: readonly string[]): TrialistError {
  return new TrialistError({
    code: 'not_found',
    message: `there is no ${specifier} to import`,
    expected: names.join(' or '),
    ...didYouMean(specifier, names),
  })
}

/** Where a file can't be read as code: Node writes it before the message. */
function placeOf(thrown: unknown): string | undefined {
  const first = thrown instanceof SyntaxError ? thrown.stack?.split('\n')[0] : undefined
  const [, file, line] = /^(.+):(\d+)$/.exec(first ?? '') ?? []
  if (file === undefined) return undefined
  return `${file.startsWith('file:') ? fileURLToPath(file) : file}:${line}`
}

/** What to do about faults that come from how Node runs TypeScript. */
function remedyOf(thrown: unknown, file: string): string | undefined {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return 'Node runs TypeScript by leaving types out: write enums, namespaces and parameter properties in another way, or compile the file.'
  }
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return 'Use .ts, .mts, .js or .mjs; compile other files first.'
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING')
    return 'Packages are used as JavaScript: compile it first.'
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return 'Install it, or write the path with its extension; paths of tsconfig.json are not known to Node.'
  }
  if (/does not provide an export named/.test(messageOf(thrown)))
    return 'If it is a type, import it with `import type`.'
  return isUnreadable(thrown) ? `node --check ${file} shows where.` : undefined
}

/** A syntax error of a file that is being loaded, and none that code of the user's met. */
function isUnreadable(thrown: unknown): boolean {
  if (!(thrown instanceof SyntaxError) || placeOf(thrown) !== undefined) return false
  return (thrown.stack ?? '').split('\n').some((line) => line.includes('compileSourceTextModule'))
}
