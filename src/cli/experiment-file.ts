import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { knownOptions, wrongOption } from '../base/check.ts'
import { TrialistError, messageOf, show } from '../base/errors.ts'
import { spaceFromJSON } from '../space/json.ts'
import { command, module, python } from '../trainable/external.ts'
import type { ExternalTrainable } from '../trainable/external.ts'
import type { ExperimentOptions } from './experiment.ts'

/** What an experiment file may say besides `space`, `metric` and `trainable`. */
const optionNames: readonly string[] = [
  'name',
  'root',
  'mode',
  'objectives',
  'score',
  'trials',
  'time',
  'concurrency',
].concat(
  [
    'seed',
    'searcher',
    'scheduler',
    'maxFailures',
    'resources',
    'timeout',
    'heartbeat',
    'terminationGrace',
    'checkpoints',
  ],
  [
    'initialConfigs',
    'candidates',
    'stop',
    'loggers',
    'outcomeConstraints',
    'knownResults',
    'repeats',
    'noisy',
    'warmStart',
  ],
)

/** Reads an experiment from a JSON file (docs/cli.md). Throws `not_found`, `invalid_option` or `unknown_option`. */
export function experimentIn(file: string): ExperimentOptions {
  const { space, metric, trainable, ...options } = parsed(file)
  knownOptions(file, options, optionNames)
  if (typeof metric !== 'string') throw wrongOption(`${file}: metric`, 'the name of a metric', metric)
  for (const option of ['name', 'root']) {
    const value = options[option]
    if (value !== undefined && typeof value !== 'string') throw wrongOption(`${file}: ${option}`, 'a text', value)
  }
  return { ...options, metric, space: spaceFromJSON(space), trainable: trainableFrom(file, trainable) }
}

function parsed(file: string): Readonly<Record<string, unknown>> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new TrialistError({
      code: 'not_found',
      message: `${file} can't be read: ${messageOf(thrown)}`,
      expected: 'a file with an experiment',
    })
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (thrown) {
    throw wrongOption(file, 'an experiment as JSON', messageOf(thrown))
  }
  throw wrongOption(file, 'an experiment as a JSON object', text.slice(0, 80))
}

function trainableFrom(file: string, given: unknown): ExternalTrainable {
  if (typeof given === 'object' && given !== null) {
    const { command: words, python: target, module: path, ...options } = given as Record<string, unknown>
    if (typeof words === 'string' || Array.isArray(words)) return command(words as string[], options)
    if (typeof target === 'string') return python(target, options)
    if (typeof path === 'string') return module(pathToFileURL(resolve(path)), options)
  }
  throw new TrialistError({
    code: 'invalid_option',
    message: `${file}: trainable`,
    expected: '{ "python": "FILE.py:NAME" }, { "command": […] } or { "module": "FILE.ts" }',
    received: show(given),
  })
}
