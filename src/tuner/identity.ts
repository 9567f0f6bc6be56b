import { TrialistError } from '../base/errors.ts'
import type { Experiment } from '../trial/event.ts'

/**
 * What makes two runs the same experiment: the space, the objectives, and the trainable's kind, file and export; never its
 * source. Throws `fingerprint` naming what differs.
 */
export function checkFingerprint(recorded: Experiment, present: Experiment): void {
  const differences = Object.entries(fingerprint(recorded)).flatMap(([what, before]) => {
    const now = fingerprint(present)[what]!
    return before === now ? [] : [{ what, before, now }]
  })
  if (differences.length === 0) return
  throw new TrialistError({
    code: 'fingerprint',
    message: `experiment ${recorded.name} can't be resumed, as it was another one: ${differences.map(({ what }) => what).join(', ')} differ`,
    expected: differences.map(({ what, before }) => `${what} ${before}`).join('; '),
    received: differences.map(({ what, now }) => `${what} ${now}`).join('; '),
    remedy: 'Run it as it was, or choose another name for the new experiment.',
  })
}

function fingerprint(experiment: Experiment): Record<string, string> {
  const { kind, file, export: name } = experiment.trainable
  return {
    space: JSON.stringify(experiment.space),
    objectives: JSON.stringify(experiment.objectives.map(({ metric, mode }) => `${mode} ${metric}`)),
    trainable: [kind, file, name].filter((part) => part !== undefined).join(' '),
  }
}

/** What a resumed experiment keeps of its record though the script now says otherwise: one sentence each. */
export function keptAsRecorded(recorded: Experiment, present: Experiment, seedGiven: boolean): string[] {
  const kept: string[] = []
  for (const what of [
    'searcher',
    'scheduler',
    'stoppers',
    'score',
    'outcomeConstraints',
    'known',
    'repeats',
    'noisy',
    'initial',
    'candidates',
    'maxFailures',
    'checkpoints',
  ] as const) {
    if (JSON.stringify(recorded[what]) === JSON.stringify(present[what])) continue
    // Logs of before there were any do not say.
    if (what === 'checkpoints' && recorded[what] === undefined) continue
    kept.push(`The ${what} of the script differs from that of the experiment, which goes on with its own.`)
  }
  const earlier = (recorded.earlier ?? []).map(({ name }) => name).join(', ')
  if (earlier !== (present.earlier ?? []).map(({ name }) => name).join(', ')) {
    kept.push(`What the experiment learns from was read at its start, and stays: ${earlier || 'nothing'}.`)
  }
  if (seedGiven && recorded.seed !== present.seed) {
    kept.push(`The seed of the script differs from that of the experiment, which goes on with ${recorded.seed}.`)
  }
  const { sourceHash } = recorded.trainable
  if (sourceHash !== undefined && sourceHash !== present.trainable.sourceHash) {
    kept.push(
      'The source of the trainable has changed since the experiment began: earlier results are of the old code.',
    )
  }
  return kept
}
