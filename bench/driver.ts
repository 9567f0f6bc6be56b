// Ask and tell over JSON lines, so that other harnesses can drive our searchers: the first line is
// {"space": [{name, type: "float" | "int" | "cat", low, high, log, choices, cond: [parent, [values]]}], "seed", "algorithm"}; then
// "ask" is answered with a configuration, and {"config", "value"} tells its loss, to be minimised.
import { createInterface } from 'node:readline'

import { choice, int, loguniform, logint, uniform, when } from '../src/space/index.ts'
import { Study } from '../src/tune.ts'
import type { SearcherName } from '../src/tuner/options.ts'

interface Parameter {
  readonly name: string
  readonly type: 'float' | 'int' | 'cat'
  readonly low?: number
  readonly high?: number
  readonly log?: boolean
  readonly choices?: readonly string[]
  readonly cond?: readonly [string, readonly string[]]
}

interface Opening {
  readonly space: readonly Parameter[]
  readonly seed: number
  readonly algorithm: SearcherName
}

interface Asked {
  readonly config: Readonly<Record<string, unknown>>
}

/** A study of a space that is not known before. */
interface Asking {
  ask(): Asked
  tell(trial: Asked, metrics: { loss: number }): void
}

let study: Asking | undefined
const open: Asked[] = []

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Opening | 'ask' | { readonly config: unknown; readonly value: number }
  if (message === 'ask') {
    const trial = study!.ask()
    open.push(trial)
    console.log(JSON.stringify(trial.config))
  } else if ('value' in message) {
    const wanted = JSON.stringify(message.config, Object.keys(message.config as object).toSorted())
    const at = open.findIndex(({ config }) => JSON.stringify(config, Object.keys(config).toSorted()) === wanted)
    study!.tell(open.splice(Math.max(0, at), 1)[0]!, { loss: message.value })
  } else {
    const { space, seed, algorithm } = message
    const parameters: Record<string, unknown> = Object.fromEntries(space.map((each) => [each.name, parameterOf(each)]))
    study = new Study({ space: parameters, metric: 'loss', searcher: algorithm, seed }) as Asking
  }
}

function parameterOf({ type, low, high, log, choices, cond }: Parameter): unknown {
  const made =
    type === 'cat'
      ? choice(...(choices as [string, ...string[]]))
      : type === 'int'
        ? (log === true ? logint : int)(low!, high!)
        : (log === true ? loguniform : uniform)(low!, high!)
  return cond === undefined ? made : when(cond[0], [...cond[1]], made)
}
