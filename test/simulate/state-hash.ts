import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'

import type { History } from '../../src/trial/history.ts'
import type { ExperimentState } from '../../src/tuner/state.ts'

/** A hash of everything that a state holds, so that two states can be told apart by any difference at all. */
export function stateHash(state: ExperimentState): string {
  const { columns } = state
  const hash = createHash('sha256')
  const { experiment: _experiment, space: _space, columns: _columns, live, ...scalars } = state
  hash.update(text(scalars))
  hash.update(text([...live.values()]))
  for (let trial = 0; trial < columns.trials; trial++) {
    const point = Array.from({ length: columns.dimensions }, (_, dimension) => columns.u(trial, dimension))
    const losses = Array.from({ length: columns.objectives }, (_, objective) => columns.score(trial, objective))
    const times = [columns.started(trial), columns.ended(trial)]
    hash.update(text([columns.state(trial), columns.attempt(trial), columns.lastReport(trial)]))
    hash.update(text([columns.values(trial), point, losses, times]))
  }
  for (let trial = 0; columns.outcomeConstraints > 0 && trial < columns.trials; trial++) {
    const violations = Array.from({ length: columns.outcomeConstraints }, (_, i) => columns.violation(trial, i))
    hash.update(text([trial, violations]))
  }
  if (state.groups !== undefined) hashGroups(hash, state.groups.columns)
  for (const [trial, kept] of state.retention.entries()) {
    hash.update(text([trial, kept, state.retention.origin(trial)]))
  }
  for (let report = 0; report < columns.reports; report++) {
    const link = [columns.reportTrial(report), columns.reportAttempt(report), columns.previousReport(report)]
    const values = Array.from({ length: columns.objectives }, (_, objective) => columns.reportValue(report, objective))
    hash.update(text([link, columns.reportStep(report), values]))
  }
  return hash.digest('hex')
}

function hashGroups(hash: Hash, groups: History): void {
  for (let group = 0; group < groups.trials; group++) {
    hash.update(text([groups.state(group), groups.loss(group), groups.started(group), groups.ended(group)]))
  }
}

/** JSON that keeps NaN, infinities and −0 apart. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item === undefined) return 'undefined'
    if (typeof item !== 'number') return item
    return Object.is(item, -0) ? '-0' : String(item)
  })
}
