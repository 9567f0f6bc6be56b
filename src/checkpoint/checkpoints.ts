/**
 * Where an experiment's checkpoints lie. A checkpoint is a folder of files under an id; it is there as a whole or not at
 * all, whenever the engine or a trial dies.
 */
export interface Checkpoints {
  /** The folder, absolute, in which all of them lie. */
  readonly folder: string
  /**
   * Takes a copy of a directory as the checkpoint `id`; on return it survives a loss of power. Rejects with
   * `invalid_option` where it is no directory, `disk_full` where there is no space; nothing of it is left then.
   */
  write(id: string, directory: string): Promise<void>
  /** Whether it is there as a whole. */
  has(id: string): boolean
  /** The directory that holds its files. They are not to be changed. */
  path(id: string): string
  /** Removes it where it is there. It is gone at once; its files follow. */
  remove(id: string): void
  /** Removes all but these, and what was begun and not completed. */
  sweep(keep: ReadonlySet<string>): void
  /** Waits for removals that were begun. */
  close(): Promise<void>
}
