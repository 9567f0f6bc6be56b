import type { Callback } from '../logger/callback.ts'
import { finiteAbove, knownOptions, wholeFrom, wrongOption } from '../base/check.ts'

/** What an option must be, in words and as a test. */
type Shape = readonly [expected: string, holds: (value: unknown) => boolean]

const listOfObjects: Shape = ['a list of objects', (value) => isListOf(value, isObject)]

const hooks: readonly (keyof Callback)[] = [
  'onExperimentStart',
  'onTrialStart',
  'onReport',
  'onTrialEnd',
  'onExperimentEnd',
]

/** The shapes that nothing else looks at before the experiment is recorded. */
const shapes: Readonly<Record<string, Shape>> = {
  searcher: ['the name of a searcher, or one', (value) => typeof value === 'string' || isAlgorithm(value)],
  scheduler: ['the name of a scheduler, or one', (value) => typeof value === 'string' || isAlgorithm(value)],
  objectives: listOfObjects,
  initialConfigs: listOfObjects,
  outcomeConstraints: listOfObjects,
  knownResults: listOfObjects,
  warmStart: ['a list of names or folders of experiments', (value) => isListOf(value, isText)],
  noisy: ['true or false', (value) => typeof value === 'boolean'],
  constraints: ['a list of functions', (value) => isListOf(value, isFunction)],
  stop: ['a stopper, or a list of them', (value) => isListOf([value].flat(), isMaker)],
  callbacks: [`a list of objects with any of ${hooks.join(', ')}`, (value) => isListOf(value, isCallback)],
  executor: ['an executor such as local()', isMaker],
  store: ['a store such as sqlite()', isMaker],
  log: ['a function that takes a line', isFunction],
}

/** Refuses options that do not exist or are of a wrong kind. Throws `unknown_option` or `invalid_option`. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  knownOptions(where, options, known)
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    const shape = shapes[name]
    if (value !== undefined && shape !== undefined && !shape[1](value)) throw wrongOption(name, shape[0], value)
  }
  const { concurrency, ...times } = options as Readonly<Record<string, number | undefined>>
  for (const name of ['terminationGrace', 'timeout', 'heartbeat']) {
    if (times[name] !== undefined) finiteAbove(name, times[name], 0)
  }
  if (concurrency !== undefined) wholeFrom('concurrency', concurrency, 1)
}

function isListOf(value: unknown, holds: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(holds)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** One that is never told of anything has a misspelt hook. */
function isCallback(value: unknown): boolean {
  return isObject(value) && hooks.some((hook) => isFunction(value[hook]))
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isMaker(value: unknown): boolean {
  return isObject(value) && isFunction(value['create'])
}

function isAlgorithm(value: unknown): boolean {
  return isMaker(value) && isObject((value as Record<string, unknown>)['capabilities'])
}
