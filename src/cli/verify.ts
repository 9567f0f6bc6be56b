import { readExperiment } from '../store/sqlite.ts'
import { eventsOf } from '../tuner/build.ts'
import { verifyRecord } from '../tuner/verify.ts'
import { argumentsOf, defaultRoot, oneName } from './arguments.ts'

/** `trialist verify NAME`: prints what was found; answers the exit code. */
export function verify(args: readonly string[]): number {
  const { values, positionals } = argumentsOf('verify', args, { root: { type: 'string', default: defaultRoot } })
  const name = oneName('verify', positionals)
  const { bodies, trials } = readExperiment(String(values['root']), name)
  const { events, trials: count, difference, taken } = verifyRecord([...eventsOf(bodies)], trials)
  for (const what of taken) process.stdout.write(`not recomputed, as its code is not in the log: ${what}\n`)
  if (difference === undefined) {
    process.stdout.write(`${name}: ${events} events of ${count} trials follow from one another.\n`)
    return 0
  }
  const { position, recorded, recomputed } = difference
  process.stdout.write(`${name}: the first difference is at event ${position} of ${events}.\n`)
  process.stdout.write(`  recorded:   ${recorded}\n  recomputed: ${recomputed}\n`)
  return 1
}
