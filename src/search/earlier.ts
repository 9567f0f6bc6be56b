import { purpose, stream } from '../base/random.ts'
import { compileSpace } from '../space/compile.ts'
import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import { spaceFromJSON } from '../space/json.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { EarlierRecord, Event, Experiment } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import type { Objective } from '../trial/objective.ts'
import type { EarlierExperiment } from './searcher.ts'

/** So many configurations are taken from an earlier experiment: half of them the best, the others drawn from the rest. */
const configurationsMax = 500

/** What can be used of an earlier experiment, and what people are to know of it. */
export interface Earlier {
  readonly record: EarlierRecord
  /** One line. */
  readonly summary: string
}

/**
 * Takes over an earlier experiment from its log: of every trial that completed or was stopped early its configuration, mapped
 * into `space` as `EncodedSpace.adopt` does, and its loss in the metric of `objective`; where the experiment had no such
 * objective, in its own first one. Trials that come to the same configuration count once, with the mean of their losses.
 */
export function takeOver(
  experiment: Experiment,
  events: Iterable<Event>,
  space: EncodedSpace,
  objective: Objective,
): Earlier {
  const source = compileSpace(spaceFromJSON(experiment.space))
  const columns = new TrialColumns(source, experiment.objectives, experiment.score)
  for (const event of events) columns.apply(event)
  const names = source.dimensions.map(({ name }) => name)
  const { index, mode, metric } = objectiveIn(experiment, objective)
  const found = new Findings()
  for (let trial = 0; trial < columns.trials; trial++) {
    const state = columns.state(trial)
    const loss = lossOf(columns.score(trial, index), mode)
    if ((state !== 'completed' && state !== 'stopped') || !Number.isFinite(loss)) continue
    const values = columns.values(trial)
    const point = space.adopt(new Map(names.map((name, i) => [name, values[i]!])))
    found.add(point && space.values(point), loss)
  }
  const { used, outside } = found
  const chosen = choose(found.all())
  const summary = [
    `Learning from ${experiment.name}: ${used} of its ${columns.trials} trials by ${metric} (${mode})`,
    ...(chosen.length < used ? [`as ${chosen.length} configurations`] : []),
    ...(outside > 0 ? [`${outside} outside of this space`] : []),
    ...differences(names, space),
  ].join(', ')
  const [values, losses] = [chosen.map((each) => each.values), chosen.map(({ loss }) => loss)]
  return { record: { name: experiment.name, values, losses }, summary }
}

/** Configurations with the mean of the losses that trials of each had. */
class Findings {
  readonly #found = new Map<string, { readonly values: readonly LogValue[]; readonly losses: number[] }>()
  /** Trials that were taken over, and trials outside of the space. */
  used = 0
  outside = 0

  add(values: readonly LogValue[] | undefined, loss: number): void {
    if (values === undefined) {
      this.outside += 1
      return
    }
    this.used += 1
    const key = JSON.stringify(values)
    const same = this.#found.get(key)
    if (same === undefined) this.#found.set(key, { values, losses: [loss] })
    else same.losses.push(loss)
  }

  all(): Found[] {
    return Array.from(this.#found.values(), ({ values, losses }) => ({ values, loss: meanOf(losses) }))
  }
}

/** The recorded experiment as searchers are given it. */
export function earlierOf({ name, values, losses }: EarlierRecord, space: EncodedSpace): EarlierExperiment {
  const points = values.map((each) => {
    const point = new Float64Array(space.dimensions.length)
    space.readValues(each, point, 0)
    return point
  })
  return { name, points, losses }
}

/** The objective of the same metric, in the direction that is wanted now; else the first one in its own. */
function objectiveIn(
  { objectives }: Experiment,
  wanted: Objective,
): { readonly index: number; readonly metric: string; readonly mode: Objective['mode'] } {
  const index = objectives.findIndex(({ metric }) => metric === wanted.metric)
  return index < 0 ? { index: 0, ...objectives[0]! } : { index, ...wanted }
}

interface Found {
  readonly values: readonly LogValue[]
  readonly loss: number
}

/** All, or the best and some of the others, in the order in which they came. */
function choose(all: readonly Found[]): readonly Found[] {
  if (all.length <= configurationsMax) return all
  const byLoss = all.toSorted((a, b) => a.loss - b.loss)
  const best = configurationsMax / 2
  const random = stream(0, purpose.order, all.length)
  const rest = byLoss.slice(best)
  for (let i = 0; i < best; i++) {
    const j = i + random.below(rest.length - i)
    ;[rest[i], rest[j]] = [rest[j]!, rest[i]!]
  }
  const chosen = new Set([...byLoss.slice(0, best), ...rest.slice(0, best)])
  return all.filter((each) => chosen.has(each))
}

/** Parameters that only one of the two has. */
function differences(names: readonly string[], space: EncodedSpace): string[] {
  const own = space.dimensions.map(({ name }) => name)
  const dropped = names.filter((name) => !own.includes(name))
  const added = own.filter((name) => !names.includes(name))
  return [
    ...(dropped.length > 0 ? [`without ${dropped.join(', ')}`] : []),
    ...(added.length > 0 ? [`with defaults of ${added.join(', ')}`] : []),
  ]
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0)
}

/** Its configurations by their losses, the best first. */
export function bestFirst({ points, losses }: EarlierExperiment): Float64Array[] {
  const order = losses.map((_, i) => i).toSorted((a, b) => losses[a]! - losses[b]! || a - b)
  return order.map((i) => points[i]!)
}
