import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { TrialistError, messageOf, show } from '../base/errors.ts'
import { Tuner } from '../tune.ts'

type AnyTuner = Tuner<Record<string, unknown>, string>

/** The Tuner that a user's file exports by default. Throws `not_found` or `invalid_option` with what to do. */
export async function tunerIn(file: string): Promise<AnyTuner> {
  const path = resolve(file)
  if (!existsSync(path)) {
    throw new TrialistError({
      code: 'not_found',
      message: 'there is no file to run',
      expected: 'a TypeScript, JavaScript or JSON file',
      received: show(file),
    })
  }
  resolveOurselves()
  const { default: tuner } = await imported(path, file)
  if (tuner instanceof Tuner) return tuner
  throw new TrialistError({
    code: 'invalid_option',
    message: `${file} does not export what is to run`,
    expected: 'a Tuner as its default export: export default new Tuner({ … })',
    received: tuner === undefined ? 'no default export' : show(tuner),
    remedy: 'A file that calls fit() itself is run by node.',
  })
}

/** Lets a file outside of a project import `trialist`: this one. */
export function resolveOurselves(): void {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  const own: Readonly<Record<string, string>> = {
    trialist: new URL(`../index${extension}`, import.meta.url).href,
    'trialist/testing': new URL(`../testing/index${extension}`, import.meta.url).href,
  }
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context)
      } catch (thrown) {
        const url = own[specifier]
        if (url === undefined || (thrown as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw thrown
        return { url, shortCircuit: true }
      }
    },
  })
}

async function imported(path: string, file: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
  } catch (thrown) {
    const remedy = remedyOf(thrown)
    if (thrown instanceof TrialistError || remedy === undefined) throw thrown
    throw new TrialistError({
      code: 'invalid_option',
      message: `${file} can't be loaded: ${messageOf(thrown)}`,
      remedy,
      cause: thrown,
    })
  }
}

/** What to do about faults that come from how Node runs TypeScript. */
function remedyOf(thrown: unknown): string | undefined {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code
  const message = messageOf(thrown)
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return 'Node runs TypeScript by leaving types out: write enums, namespaces and parameter properties in another way, or compile the file.'
  }
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return 'Use .ts, .mts, .js or .mjs; compile other files first.'
  if (code === 'ERR_MODULE_NOT_FOUND')
    return 'Install it, or write the path with its extension; paths of tsconfig.json are not known to Node.'
  if (/does not provide an export named/.test(message)) return 'If it is a type, import it with `import type`.'
  return undefined
}
