import { didYouMean, knownOptions } from '../base/check.ts'
import { TrialistError, show } from '../base/errors.ts'
import type { Callback } from './callback.ts'
import { mlflow } from './mlflow.ts'
import { tensorBoard } from './tensorboard.ts'
import { csvLogger, jsonLogger } from './trial-rows.ts'

/** A logger by name and options. */
export interface LoggerRecord {
  readonly name: string
  readonly options?: object
}

const makers: Readonly<Record<string, (options: object) => Callback>> = {
  csv: (options) => withoutOptions('csv', options, csvLogger),
  json: (options) => withoutOptions('json', options, jsonLogger),
  tensorboard: tensorBoard,
  mlflow,
}

/** Makes the logger that a record describes. Throws `unknown_option` for an unknown name or option. */
export function loggerFrom({ name, options = {} }: LoggerRecord): Callback {
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined
  if (make !== undefined) return make(options)
  const known = Object.keys(makers)
  throw new TrialistError({
    code: 'unknown_option',
    message: 'there is no such logger',
    expected: known.join(', '),
    received: show(name),
    ...didYouMean(name, known),
  })
}

function withoutOptions(name: string, options: object, make: () => Callback): Callback {
  knownOptions(`${name}()`, options, [])
  return make()
}
