import type { Batch, TrialRow } from '../../src/store/store.ts'

/** The i-th batch of a log of numbered ones: a part of a page to several pages, with no, one or several finished trials. */
export function numberedBatch(i: number): Batch {
  return { count: 1, body: JSON.stringify([['x', `${i} ${'n'.repeat((i * 7919) % 9_000)}`]]), trials: numberedRows(i) }
}

export function numberedRows(i: number): TrialRow[] {
  return Array.from({ length: [1, 0, 5][i % 3]! }, (_, k) => ({
    number: i * 10 + k,
    state: 'completed',
    attempts: 1,
    score: i / 7,
    config: `{"x":${i}}`,
    metrics: '{}',
    step: k,
    startedMs: i,
    endedMs: i + k,
    error: null,
  }))
}

/** What the child processes are told, as JSON in their one argument. */
export interface Task {
  readonly root: string
  readonly does: 'append' | 'hold' | 'fill' | 'read' | 'resume' | 'create'
  readonly durability?: 'process' | 'power'
  /** `append`: dies this many microseconds after it has come to this batch; -1 is the opening of the store. */
  readonly deathAt?: number
  readonly delayUs?: number
  /** Runs as nobody where it is the super-user, who may write anywhere. */
  readonly asNobody?: boolean
}
