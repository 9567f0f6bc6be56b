import { TrialistError } from '../base/errors.ts'
import { readExperiment } from '../store/sqlite.ts'
import { eventsOf } from '../tuner/build.ts'
import { verifyRecord } from '../tuner/verify.ts'

/** `trialist verify NAME`: prints what was found; answers the exit code. */
export function verify(names: readonly string[], root: string): number {
  const [name, ...others] = names
  if (name === undefined || others.length > 0) {
    throw new TrialistError({
      code: 'invalid_option',
      message: 'trialist verify',
      expected: 'the name of one experiment',
      received: names.length === 0 ? 'none' : names.join(' '),
    })
  }
  const { bodies, trials } = readExperiment(root, name)
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
