import { mix } from '../base/random.ts'
import { boxesOf } from '../math/ehvi.ts'
import { referenceOf } from '../math/hypervolume.ts'
import { createKernels } from '../math/kernels.ts'
import type { Kernels } from '../math/kernels.ts'
import { frontOf } from '../math/pareto.ts'
import { feasible, logExpectedImprovement, logHypervolumeImprovement, onBaselines } from './gp-criterion.ts'
import type { Criterion } from './gp-criterion.ts'
import type { Features } from './gp-features.ts'
import type { Hyperparameters } from './gp-fit.ts'
import { GpModel } from './gp-model.ts'
import { GpPosterior, lanes, Prediction } from './gp-posterior.ts'
import type { EarlierExperiment } from './searcher.ts'

/** Configurations of an earlier experiment that are modelled. */
const sourcePoints = 100
const sourcePointsLeast = 3

/** What is known of the trials that are over, in the order of their ends. */
export interface Evidence {
  readonly points: readonly Float64Array[]
  /** Of each objective; Infinity where a trial failed. */
  readonly losses: readonly Float64Array[]
  /** Of each constraint: how far each trial is off, NaN where that is unknown. */
  readonly violations: readonly Float64Array[]
  /** Trials that are not over. */
  readonly pending: readonly Float64Array[]
}

/** Posteriors of the objectives, of constraints and of failure, and what to maximise of them. */
export interface Beliefs {
  readonly posteriors: readonly GpPosterior[]
  readonly criterion: Criterion
  /** Evaluated points from the best on, by the models' means; the first ones are feasible where any is. */
  readonly order: readonly Float64Array[]
  /** Of the first objective. */
  readonly hyper: Hyperparameters
}

/** What is known of the objectives alone. */
interface Objectives {
  readonly posteriors: readonly GpPosterior[]
  readonly improvement: Criterion
  /** Indices of points, promising ones first. */
  readonly order: readonly number[]
  readonly hyper: Hyperparameters
}

/** Trials whose worst losses are part of the reference point of the hypervolume. */
const firstTrials = 10
/** Failures from which their region is modelled, and their least share of all trials. */
const failuresLeast = 3
const failureShareLeast = 0.05
/** Whether a trial fails is not as smooth as its score. */
const failureNoise = 0.1
/** The least log probability of a constraint that counts: strict only after so many trials of either kind. */
const strictFrom = 3
const leastBefore = -10
const leastAfter = -60

/** The models of a search; what they keep is derived from the evidence. */
export class GpModels {
  readonly #features: Features
  readonly #objectives: readonly GpModel[]
  readonly #constraints: readonly GpModel[]
  readonly #earlier: readonly Source[]
  readonly #failureKernels: Kernels = createKernels()

  constructor(features: Features, objectives: number, constraints: number, earlier: readonly EarlierExperiment[]) {
    this.#features = features
    this.#earlier = earlier
      .filter(({ points }) => points.length >= sourcePointsLeast)
      .map((each) => new Source(features, each))
    this.#objectives = Array.from({ length: objectives }, () => new GpModel(features))
    this.#constraints = Array.from({ length: constraints }, () => new GpModel(features))
  }

  /** The losses so far have changed. */
  forget(): void {
    for (const model of this.#objectives) model.forget()
  }

  /** It is other trials that are over. */
  forgetAll(): void {
    for (const model of [...this.#objectives, ...this.#constraints]) model.forget()
  }

  believe(evidence: Evidence): Beliefs {
    const { points, losses, violations, pending } = evidence
    const waiting = this.#rowsOf(pending)
    const rows = this.#rowsOf(points)
    const isFeasible = points.map(
      (_, i) => losses.every((each) => each[i]! < Infinity) && violations.every((each) => each[i]! <= 0),
    )
    const { posteriors, improvement, order, hyper } =
      losses.length === 1
        ? this.#single(evidence, rows, waiting, isFeasible)
        : this.#several(evidence, rows, waiting, isFeasible)
    const constraints = violations.flatMap((each, i) => this.#constraint(this.#constraints[i]!, points, each, waiting))
    const failure = this.#failure(rows, losses[0]!, waiting, hyper)
    const limited = failure === undefined ? constraints : [...constraints, { posterior: failure, threshold: 0 }]
    const thresholds = limited.map(({ threshold }) => threshold)
    const met = isFeasible.filter(Boolean).length
    const least = met >= strictFrom && points.length - met >= strictFrom ? leastAfter : leastBefore
    const isSought = met > 0 || violations.length === 0
    return {
      posteriors: [...posteriors, ...limited.map((each) => each.posterior)],
      criterion: limited.length === 0 ? improvement : feasible(isSought ? improvement : undefined, thresholds, least),
      order: order.map((i) => points[i]!),
      hyper,
    }
  }

  #single(
    { points, losses, pending }: Evidence,
    rows: Float64Array,
    waiting: Float64Array,
    isFeasible: readonly boolean[],
  ): Objectives {
    const sources = this.#earlier.map((each) => each.posterior)
    const baselines = sources.map((source) => this.#meansOf(source, points))
    const observations = { rows, losses: losses[0]!, baselines }
    const { posterior, hyper, weights } = this.#objectives[0]!.condition(observations, waiting)
    const expected = (rest: Float64Array, parts: readonly Float64Array[]): Float64Array => {
      return rest.map((mean, i) => weights.reduce((sum, weight, j) => sum + weight * parts[j]![i]!, mean))
    }
    const means = expected(this.#meansAt(posterior, points), baselines)
    const order = points
      .map((_, i) => i)
      .toSorted((a, b) => Number(isFeasible[b]) - Number(isFeasible[a]) || means[a]! - means[b]!)
    // What is being evaluated is expected to come out as predicted: only better than that is an improvement.
    const waitingMeans = expected(
      this.#meansOf(posterior, pending),
      sources.map((source) => this.#meansOf(source, pending)),
    )
    const goal = Math.min(means[order[0]!]!, ...waitingMeans)
    const improvement = onBaselines(logExpectedImprovement(goal), weights)
    return { posteriors: [posterior, ...sources], improvement, order, hyper }
  }

  /** The front is that of the means, so that noise does not make it; pending trials are expected to come out as predicted. */
  #several(
    { points, losses, pending }: Evidence,
    rows: Float64Array,
    waiting: Float64Array,
    isFeasible: readonly boolean[],
  ): Objectives {
    const models = losses.map((each, k) => this.#objectives[k]!.condition({ rows, losses: each }, waiting))
    const all = [...points, ...pending]
    const columns = models.map(({ posterior }) => {
      return [...this.#meansAt(posterior, points), ...this.#meansOf(posterior, pending)]
    })
    const vectors = all.map((_, i) => Float64Array.from(columns, (means) => means[i]!))
    const known = points.map((_, i) => i)
    const eligible = known.filter((i) => isFeasible[i])
    const from = eligible.length > 0 ? eligible : known
    const front = frontOf(from.map((i) => vectors[i]!)).map((i) => from[i]!)
    // Of two objectives the first fronts are short and span little: what is better than the worst of the first trials counts.
    const first = losses.length === 2 ? firstTrials : 0
    const beyond = referenceOf(from.map((i) => vectors[i]!))
    const reference = columns.map((means, k) => means.slice(0, first).reduce((a, b) => Math.max(a, b), beyond[k]!))
    const limits = [...from, ...pending.map((_, i) => points.length + i)].map((i) => vectors[i]!)
    // Another vector of the front comes first each time, so that all of it is searched around.
    const turned = front.map((_, i) => front[(i + all.length) % front.length]!)
    return {
      posteriors: models.map(({ posterior }) => posterior),
      improvement: logHypervolumeImprovement(boxesOf(limits, reference)),
      order: [...turned, ...known.filter((i) => !front.includes(i))],
      hyper: models[0]!.hyper,
    }
  }

  #constraint(
    model: GpModel,
    points: readonly Float64Array[],
    violations: Float64Array,
    waiting: Float64Array,
  ): { posterior: GpPosterior; threshold: number }[] {
    const rows = this.#rowsOf(points.filter((_, i) => !Number.isNaN(violations[i]!)))
    const losses = violations.filter((violation) => !Number.isNaN(violation))
    if (losses.length === 0) return []
    const { posterior, outputs } = model.condition({ rows, losses }, waiting)
    return [{ posterior, threshold: outputs.valueOf(0) }]
  }

  /** The probability of failing, as a process of +1 and −1 with the objective's lengthscales. */
  #failure(
    rows: Float64Array,
    losses: Float64Array,
    waiting: Float64Array,
    hyper: Hyperparameters,
  ): GpPosterior | undefined {
    const count = losses.length
    const failures = losses.filter((loss) => loss === Infinity).length
    if (failures < failuresLeast || failures < failureShareLeast * count || failures === count) return undefined
    const values = losses.map((loss) => (loss === Infinity ? 1 : -1))
    return new GpPosterior(this.#failureKernels, { rows, count, values }, waiting, { ...hyper, noise: failureNoise })
  }

  /** At the observations; the model may be of a part of them. */
  #meansAt(posterior: GpPosterior, points: readonly Float64Array[]): Float64Array {
    return posterior.means.length === points.length ? posterior.means : this.#meansOf(posterior, points)
  }

  #meansOf(posterior: GpPosterior, points: readonly Float64Array[]): Float64Array {
    return meansOf(this.#features, posterior, points)
  }

  #rowsOf(points: readonly Float64Array[]): Float64Array {
    return rowsOf(this.#features, points)
  }
}

/** The model of an earlier experiment; made when it is first asked for. */
class Source {
  readonly #features: Features
  readonly #experiment: EarlierExperiment
  #posterior: GpPosterior | undefined

  constructor(features: Features, experiment: EarlierExperiment) {
    this.#features = features
    this.#experiment = experiment
  }

  get posterior(): GpPosterior {
    this.#posterior ??= this.#make()
    return this.#posterior
  }

  #make(): GpPosterior {
    const { points, losses } = this.#experiment
    // The best and, in no order, of the others.
    const byLoss = points.map((_, i) => i).toSorted((a, b) => losses[a]! - losses[b]! || a - b)
    const others = byLoss.slice(sourcePoints / 2).toSorted((a, b) => mix(a, 1) - mix(b, 1))
    const kept = [...byLoss.slice(0, sourcePoints / 2), ...others.slice(0, sourcePoints / 2)]
    const rows = rowsOf(
      this.#features,
      kept.map((i) => points[i]!),
    )
    const observations = { rows, losses: Float64Array.from(kept, (i) => losses[i]!) }
    return new GpModel(this.#features).condition(observations, new Float64Array(0)).posterior
  }
}

function meansOf(features: Features, posterior: GpPosterior, points: readonly Float64Array[]): Float64Array {
  const prediction = new Prediction(features.count)
  const means = new Float64Array(points.length)
  const vector = new Float64Array(features.count)
  for (let first = 0; first < points.length; first += lanes) {
    const block = points.slice(first, first + lanes)
    for (let lane = 0; lane < lanes; lane++) {
      features.write(block[Math.min(lane, block.length - 1)]!, vector, 0)
      posterior.place(lane, vector)
    }
    posterior.sketch(prediction)
    means.set(prediction.means.subarray(0, block.length), first)
  }
  return means
}

function rowsOf(features: Features, points: readonly Float64Array[]): Float64Array {
  const rows = new Float64Array(points.length * features.count)
  points.forEach((point, i) => features.write(point, rows, i * features.count))
  return rows
}
