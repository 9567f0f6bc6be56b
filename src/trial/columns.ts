import { Column, Rows } from '../base/column.ts'
import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import type { Ended, Event, Launched, Reported, Suggested, TrialState } from './event.ts'
import type { History } from './history.ts'
import { lossOf, violationOf } from './objective.ts'
import type { Objective, OutcomeConstraint, ScoreRule } from './objective.ts'

const states: readonly TrialState[] = ['pending', 'running', 'paused', 'completed', 'stopped', 'failed']
const stateCode = Object.fromEntries(states.map((state, code) => [state, code])) as Record<TrialState, number>
/** Stands for "none" in columns of unsigned links. */
const none = 0xffff_ffff

/** All trials and judged reports of an experiment as columns; changed by `apply` alone. */
export class TrialColumns implements History {
  readonly dimensions: number
  readonly objectives: number
  readonly outcomeConstraints: number
  readonly #space: EncodedSpace
  readonly #modes: readonly Objective['mode'][]
  readonly #score: (report: number, objective: number) => number
  readonly #constraints: readonly Bound[]
  readonly #violation: (report: number, constraint: number) => number
  #now = 0

  /** Encoded configurations. */
  readonly #points: Rows
  /** Indices of the continuous dimensions, and their exact values: decoding an encoded float may lose its last bit. */
  readonly #continuous: readonly number[]
  readonly #exact: Rows
  readonly #states = Column.uint8()
  readonly #attempts = Column.uint32()
  readonly #scores: Rows
  readonly #violations: Rows
  readonly #started = Column.float64()
  readonly #ended = Column.float64()
  readonly #lastReports = Column.uint32()

  readonly #reportTrials = Column.uint32()
  readonly #reportAttempts = Column.uint16()
  readonly #reportSteps = Column.float64()
  readonly #reportValues: Rows
  readonly #reportViolations: Rows
  readonly #previousReports = Column.uint32()

  constructor(
    space: EncodedSpace,
    objectives: readonly Objective[],
    score: ScoreRule = 'last',
    constraints: readonly OutcomeConstraint[] = [],
  ) {
    this.dimensions = space.dimensions.length
    this.objectives = objectives.length
    this.#space = space
    this.#modes = objectives.map(({ mode }) => mode)
    this.#score = this.#scorer(score)
    this.#points = new Rows(this.dimensions)
    this.#continuous = space.dimensions.filter(({ kind }) => kind === 'continuous').map(({ index }) => index)
    this.#exact = new Rows(this.#continuous.length)
    this.#scores = new Rows(this.objectives)
    this.#reportValues = new Rows(this.objectives)
    this.outcomeConstraints = constraints.length
    this.#constraints = constraints.map((constraint) => ({
      constraint,
      objective: objectives.findIndex(({ metric }) => metric === constraint.metric),
    }))
    this.#violation = this.#violationRule(score)
    this.#violations = new Rows(constraints.length)
    this.#reportViolations = new Rows(constraints.length)
  }

  get trials(): number {
    return this.#states.length
  }

  get reports(): number {
    return this.#reportTrials.length
  }

  apply(event: Event): void {
    switch (event.type) {
      case 'time':
        this.#now = event.now
        break
      case 'suggested':
        this.#suggested(event)
        break
      case 'launched':
        this.#launched(event)
        break
      case 'reported':
        if (event.judged) this.#reported(event)
        else if (this.#constraints.length > 0) this.#reportedAlone(event)
        break
      case 'ended':
        this.#endedTrial(event)
        break
      case 'reopened':
        this.#states.set(event.trial, stateCode.pending)
        this.#ended.set(event.trial, NaN)
        break
    }
  }

  state(trial: number): TrialState {
    return states[this.#states.get(trial)]!
  }

  attempt(trial: number): number {
    return this.#attempts.get(trial)
  }

  u(trial: number, dimension: number): number {
    return this.#points.get(trial, dimension)
  }

  point(trial: number, out: Float64Array, offset: number = 0): void {
    this.#points.copy(trial, out, offset)
  }

  /** The trial's values as the log has them. */
  values(trial: number): LogValue[] {
    const point = new Float64Array(this.dimensions)
    this.point(trial, point)
    const values = this.#space.values(point)
    this.#continuous.forEach((dimension, i) => {
      if (values[dimension] !== null) values[dimension] = this.#exact.get(trial, i)
    })
    return values
  }

  /** The trial's configuration as the trainable got it. */
  config(trial: number): Readonly<Record<string, unknown>> {
    return this.#space.configOf(this.values(trial))
  }

  loss(trial: number, objective: number = 0): number {
    if (this.#lastReports.get(trial) === none) return NaN
    return lossOf(this.#scores.get(trial, objective), this.#modes[objective]!)
  }

  score(trial: number, objective: number = 0): number {
    return this.#scores.get(trial, objective)
  }

  violation(trial: number, constraint: number): number {
    return this.#violations.get(trial, constraint)
  }

  started(trial: number): number {
    return this.#started.get(trial)
  }

  ended(trial: number): number {
    return this.#ended.get(trial)
  }

  lastReport(trial: number): number {
    return link(this.#lastReports.get(trial))
  }

  previousReport(report: number): number {
    return link(this.#previousReports.get(report))
  }

  reportTrial(report: number): number {
    return this.#reportTrials.get(report)
  }

  reportAttempt(report: number): number {
    return this.#reportAttempts.get(report)
  }

  reportStep(report: number): number {
    return this.#reportSteps.get(report)
  }

  reportValue(report: number, objective: number = 0): number {
    return this.#reportValues.get(report, objective)
  }

  #suggested(event: Suggested): void {
    const trial = this.#points.add()
    this.#exact.add()
    this.#configure(trial, event.values)
    this.#scores.add()
    for (let i = 0; i < this.objectives; i++) this.#scores.set(trial, i, NaN)
    this.#violations.add()
    for (let i = 0; i < this.outcomeConstraints; i++) this.#violations.set(trial, i, NaN)
    this.#states.push(stateCode.pending)
    this.#attempts.push(0)
    this.#started.push(NaN)
    this.#ended.push(NaN)
    this.#lastReports.push(none)
  }

  #configure(trial: number, values: readonly LogValue[]): void {
    this.#space.readValues(values, this.#points.cells(trial), this.#points.offset(trial))
    for (let i = 0; i < this.#continuous.length; i++) {
      this.#exact.set(trial, i, values[this.#continuous[i]!] as number)
    }
  }

  #launched({ trial, attempt, values }: Launched): void {
    // One that goes on after it was held was started before.
    if (attempt === 1 && this.attempt(trial) === 0) this.#started.set(trial, this.#now)
    this.#states.set(trial, stateCode.running)
    this.#attempts.set(trial, attempt)
    if (values !== undefined) this.#configure(trial, values)
  }

  #reported(event: Reported): void {
    const report = this.reports
    this.#reportTrials.push(event.trial)
    this.#reportAttempts.push(Math.min(event.attempt, 0xffff))
    this.#reportSteps.push(event.step)
    this.#reportValues.add()
    for (let i = 0; i < this.objectives; i++) this.#reportValues.set(report, i, event.values[i]!)
    this.#previousReports.push(this.#lastReports.get(event.trial))
    this.#lastReports.set(event.trial, report)
    for (let objective = 0; objective < this.objectives; objective++) {
      this.#scores.set(event.trial, objective, this.#score(report, objective))
    }
    if (this.#constraints.length > 0) this.#setViolations(event, report)
  }

  #setViolations(event: Reported, report: number): void {
    this.#reportViolations.add()
    for (const [i, bound] of this.#constraints.entries()) {
      this.#reportViolations.set(report, i, reportedViolation(event, bound))
      const violation = this.#violation(report, i)
      // A metric that comes now and then stands until it comes again.
      if (!Number.isNaN(violation)) this.#violations.set(event.trial, i, violation)
    }
  }

  /** A report without the objective may still bring a constrained metric, such as one that is measured at the end. */
  #reportedAlone(event: Reported): void {
    for (const [i, bound] of this.#constraints.entries()) {
      const violation = reportedViolation(event, bound)
      if (!Number.isNaN(violation)) this.#violations.set(event.trial, i, violation)
    }
  }

  #endedTrial(event: Ended): void {
    this.#states.set(event.trial, stateCode[event.state])
    if (event.state !== 'pending' && event.state !== 'paused') this.#ended.set(event.trial, this.#now)
  }

  #scorer(rule: ScoreRule): (report: number, objective: number) => number {
    if (rule === 'last') return (report, objective) => this.reportValue(report, objective)
    if (rule === 'best') return (report, objective) => this.#best(report, objective)
    const window = Number(rule.slice('mean:'.length))
    return (report, objective) => this.#mean(report, objective, window)
  }

  /** A constrained metric is read where the trial's score is: at its last report, at its best one, or over its last k. */
  #violationRule(rule: ScoreRule): (report: number, constraint: number) => number {
    if (rule === 'last') return (report, constraint) => this.#reportViolations.get(report, constraint)
    if (rule === 'best') return (report, constraint) => this.#violationAtBest(report, constraint)
    const window = Number(rule.slice('mean:'.length))
    return (report, constraint) => this.#meanViolation(report, constraint, window)
  }

  /** That of the newest report with the trial's best value of the first objective. */
  #violationAtBest(report: number, constraint: number): number {
    const score = this.score(this.reportTrial(report))
    for (const earlier of visibleReports(this, report)) {
      if (Object.is(this.reportValue(earlier), score)) return this.#reportViolations.get(earlier, constraint)
    }
    return NaN
  }

  #meanViolation(report: number, constraint: number, window: number): number {
    let sum = 0
    let known = 0
    let count = 0
    for (const earlier of visibleReports(this, report)) {
      const violation = this.#reportViolations.get(earlier, constraint)
      if (!Number.isNaN(violation)) {
        sum += violation
        known += 1
      }
      count += 1
      if (count === window) break
    }
    return sum / known
  }

  /** The best value that the trial's results show. */
  #best(report: number, objective: number): number {
    const mode = this.#modes[objective]!
    let best = this.reportValue(report, objective)
    if (this.reportAttempt(report) === 1 && this.previousReport(report) >= 0) {
      const before = this.score(this.reportTrial(report), objective)
      return lossOf(before, mode) <= lossOf(best, mode) ? before : best
    }
    for (const earlier of visibleReports(this, report)) {
      const value = this.reportValue(earlier, objective)
      if (lossOf(value, mode) < lossOf(best, mode)) best = value
    }
    return best
  }

  #mean(report: number, objective: number, window: number): number {
    let sum = 0
    let count = 0
    for (const earlier of visibleReports(this, report)) {
      sum += this.reportValue(earlier, objective)
      count += 1
      if (count === window) break
    }
    return sum / count
  }
}

/**
 * A trial's reports from `report` backwards, one a step: where a later attempt went over the same steps again, its
 * reports supersede the earlier ones.
 */
export function* visibleReports(history: History, report: number): Generator<number> {
  let step = Infinity
  for (let current = report; current >= 0; current = history.previousReport(current)) {
    if (history.reportStep(current) >= step) continue
    step = history.reportStep(current)
    yield current
  }
}

/** A constraint, and the objective that it bounds; −1 where its metric is none. */
interface Bound {
  readonly constraint: OutcomeConstraint
  readonly objective: number
}

/** How far a report is off a constraint; NaN where it does not have the metric. */
function reportedViolation({ values, others, judged }: Reported, { constraint, objective }: Bound): number {
  // Of a report that was not judged, NaN among the objectives may mean that it had none.
  const value = objective < 0 ? others?.[constraint.metric] : values[objective]
  if (value === undefined || (!judged && objective >= 0 && Number.isNaN(value))) return NaN
  return violationOf(value, constraint)
}

function link(stored: number): number {
  return stored === none ? -1 : stored
}
