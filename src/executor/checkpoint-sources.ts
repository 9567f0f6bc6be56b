import { resolve, sep } from 'node:path'

import { TrialistError } from '../base/errors.ts'

/**
 * The folders from which running trials report their checkpoints. Trials share the current folder: two that wrote into one folder
 * would each report what the other wrote.
 */
export class CheckpointSources {
  /** Of each running trial the newest one, absolute. */
  readonly #folders = new Map<number, string>()
  readonly #trials = new Map<string, number>()
  readonly #store: string | undefined

  /** `store` is the folder of the experiment's checkpoints, where there are any: nobody writes to what lies there, so any number may report it again. */
  constructor(store: string | undefined) {
    this.#store = store && resolve(store) + sep
  }

  /** A trial reports a checkpoint from a folder. Throws `invalid_option` where another running trial did so. */
  claim(trial: number, folder: string): void {
    const absolute = resolve(folder)
    const other = this.#trials.get(absolute)
    if (other === trial || (this.#store !== undefined && absolute.startsWith(this.#store))) return
    if (other !== undefined) throw shared(absolute, trial, other)
    this.leave(trial)
    this.#folders.set(trial, absolute)
    this.#trials.set(absolute, trial)
  }

  /** A trial does not run any more. */
  leave(trial: number): void {
    const folder = this.#folders.get(trial)
    if (folder === undefined) return
    this.#folders.delete(trial)
    this.#trials.delete(folder)
  }
}

function shared(folder: string, trial: number, other: number): TrialistError {
  return new TrialistError({
    code: 'invalid_option',
    message: `trials ${other} and ${trial} report their checkpoints from the same folder, so that each would keep what the other wrote: ${folder}`,
    expected: 'a folder that no other trial writes to at the time',
    remedy:
      "Trials share the current folder: write to a temporary one, or to one with the trial's number in its name. With trialist.tune, " +
      'TuneConfig(chdir_to_trial_dir=True) gives each a current folder of its own.',
  })
}
