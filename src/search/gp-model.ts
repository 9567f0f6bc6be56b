import { mix } from '../base/random.ts'
import { createKernels } from '../math/kernels.ts'
import type { Kernels } from '../math/kernels.ts'
import { fitHyperparameters } from './gp-fit.ts'
import type { Data, Hyperparameters, Layout, Shape } from './gp-fit.ts'
import { GpPosterior } from './gp-posterior.ts'
import { warpOutputs } from './gp-outputs.ts'
import type { Outputs } from './gp-outputs.ts'

/** Observations in the order in which they came: vectors row by row, and losses, Infinity where a trial failed. */
export interface Observations {
  readonly rows: Float64Array
  readonly losses: Float64Array
  /** What each earlier experiment predicts for them, in deviations; none by default. */
  readonly baselines?: readonly Float64Array[]
}

/** A model given observations. */
export interface Conditioned {
  /** Of what the baselines don't explain. */
  readonly posterior: GpPosterior
  readonly hyper: Hyperparameters
  readonly outputs: Outputs
  /** How much each baseline counts. */
  readonly weights: readonly number[]
}

/** Observations that a baseline's weight needs to come halfway out of zero: chance correlations of a few are not trusted. */
const caution = 2
/** Evidence that earlier experiments must add, in nats, so that they take part. */
const explainedFrom = 2

/** Observations from which inputs may be warped, and what the warp must add to the evidence, in nats (ablated). */
const warpedFrom = 25
const warpGain = 2

const shapes: readonly Shape[] = ['matern52', 'gaussian']
/** Scales of the compression of bad outputs that are compared (ablated). */
const tails: readonly number[] = [Infinity, 4, 1]
/** Evaluations of the likelihood where shape and tail are chosen, and where the lengthscales follow new data. */
const chooseEvaluations = 40
const followEvaluations = 20
/** How many of many observations are used. */
interface Sample {
  readonly most: number
  readonly best: number
  readonly newest: number
}

/** For hyperparameters, and for predictions: times grow with the cube of these. */
const fitted: Sample = { most: 200, best: 60, newest: 40 }
const conditioned: Sample = { most: 1_000, best: 300, newest: 300 }
/** For predictions by one model of several. */
export const conditionedInPart: Sample = { most: 256, best: 96, newest: 64 }

interface Chosen {
  readonly hyper: Hyperparameters
  readonly tail: number
  /** Whether earlier experiments take part. */
  readonly explained: boolean
}

/**
 * The Gaussian process of one objective: which covariance and output transform have the highest evidence, and their
 * hyperparameters. All of it is a function of the observations so far: it is chosen anew at certain numbers of them, and
 * the lengthscales follow at more of them, always from what was chosen last.
 */
export class GpModel {
  readonly #kernels: Kernels = createKernels()
  readonly #posteriorKernels: Kernels = createKernels()
  readonly #layout: Layout
  readonly #used: Sample
  #chosen: { readonly count: number; readonly value: Chosen } | undefined
  #followed: { readonly count: number; readonly value: Chosen } | undefined

  /** `used`: which of many observations predictions are made from. */
  constructor(layout: Layout, used: Sample = conditioned) {
    this.#layout = layout
    this.#used = used
  }

  /** The posterior given all observations, and points that are being evaluated. */
  condition(observations: Observations, pending: Float64Array): Conditioned {
    const { rows, losses, baselines = [] } = observations
    const { hyper, tail, explained } = this.#follow(observations, stepsOf(losses.length).follow)
    const outputs = warpOutputs(losses, tail)
    const { rest, weights } = explain(outputs.values, baselines, explained)
    const data = this.#reduce({ rows, count: losses.length, values: rest }, losses, this.#used)
    return { posterior: new GpPosterior(this.#posteriorKernels, data, pending, hyper), hyper, outputs, weights }
  }

  /** The observations so far have changed. */
  forget(): void {
    this.#chosen = undefined
    this.#followed = undefined
  }

  #follow(observations: Observations, count: number): Chosen {
    if (this.#followed?.count === count) return this.#followed.value
    const { choose } = stepsOf(count)
    const chosen = this.#choose(observations, choose)
    const value = choose === count ? chosen : this.#refit(observations, count, chosen)
    this.#followed = { count, value }
    return value
  }

  #refit(observations: Observations, count: number, { hyper, tail, explained }: Chosen): Chosen {
    const { data } = this.#prepare(observations, count, tail, explained)
    const refitted = fitHyperparameters(this.#kernels, this.#layout, data, hyper.shape, {
      start: hyper.theta,
      evaluations: followEvaluations,
      warped: hyper.warp !== undefined,
    })
    return { hyper: refitted, tail, explained }
  }

  #choose(observations: Observations, count: number): Chosen {
    if (this.#chosen?.count === count) return this.#chosen.value
    let best: Chosen | undefined
    let highest = -Infinity
    for (const tail of tails) {
      for (const explained of observations.baselines?.length ? [false, true] : [false]) {
        const { data, logJacobian } = this.#prepare(observations, count, tail, explained)
        for (const shape of shapes) {
          const hyper = fitHyperparameters(this.#kernels, this.#layout, data, shape, { evaluations: chooseEvaluations })
          const evidence = hyper.evidence + logJacobian - (explained ? explainedFrom : 0)
          if (best !== undefined && !(evidence > highest)) continue
          highest = evidence
          best = { hyper, tail, explained }
        }
      }
    }
    const value = this.#warp(observations, count, best!)
    this.#chosen = { count, value }
    return value
  }

  /** The same with a warp, where there are enough observations to tell and it explains them clearly better. */
  #warp(observations: Observations, count: number, chosen: Chosen): Chosen {
    if (count < warpedFrom) return chosen
    const { hyper, tail, explained } = chosen
    const { data } = this.#prepare(observations, count, tail, explained)
    const options = { start: hyper.theta, evaluations: chooseEvaluations, warped: true }
    const warped = fitHyperparameters(this.#kernels, this.#layout, data, hyper.shape, options)
    return warped.evidence > hyper.evidence + warpGain ? { hyper: warped, tail, explained } : chosen
  }

  /** The first `count` observations for a fit. */
  #prepare(
    { rows, losses, baselines = [] }: Observations,
    count: number,
    tail: number,
    explained: boolean,
  ): { data: Data; logJacobian: number } {
    const first = losses.subarray(0, count)
    const { values: all, logJacobian } = warpOutputs(first, tail)
    const { rest: values } = explain(all, baselines, explained)
    const data = this.#reduce({ rows, count, values }, first, fitted)
    return { data, logJacobian: (logJacobian * data.count) / count }
  }

  /** Of more data than `most` the best, the newest and some of the others. */
  #reduce(data: Data, losses: Float64Array, sample: Sample): Data {
    if (data.count <= sample.most) return data
    const width = this.#layout.count
    const kept = sampleOf(losses, sample)
    return {
      rows: Float64Array.from(kept.flatMap((i) => [...data.rows.subarray(i * width, (i + 1) * width)])),
      count: kept.length,
      values: Float64Array.from(kept, (i) => data.values[i]!),
    }
  }
}

/** The newest numbers of observations, `count` at most, at which hyperparameters are chosen anew, and at which they follow. */
function stepsOf(count: number): { choose: number; follow: number } {
  const octave = Math.floor(Math.log2(Math.max(1, count)))
  const down = (step: number): number => Math.floor(count / Math.max(1, step)) * Math.max(1, step)
  return { choose: down(2 ** (octave - (octave < 5 ? 3 : 1))), follow: down(2 ** (octave - 4)) }
}

function sampleOf(losses: Float64Array, { most, best, newest }: Sample): number[] {
  const all = Array.from(losses, (_, i) => i)
  const kept = new Set(all.toSorted((a, b) => losses[a]! - losses[b]! || a - b).slice(0, best))
  for (const i of all.slice(-newest)) kept.add(i)
  for (const i of all.toSorted((a, b) => mix(a, 0x2545f491) - mix(b, 0x2545f491))) {
    if (kept.size >= most) break
    kept.add(i)
  }
  return [...kept].toSorted((a, b) => a - b)
}

/** Takes from values what baselines explain of them, where they are to, one after the other, by least squares. */
function explain(
  values: Float64Array,
  baselines: readonly Float64Array[],
  explained: boolean,
): { rest: Float64Array; weights: readonly number[] } {
  const rest = values.slice()
  const weights = baselines.map((baseline) => {
    if (!explained) return 0
    let product = 0
    let squares = 0
    for (let i = 0; i < rest.length; i++) {
      product += rest[i]! * baseline[i]!
      squares += baseline[i]! * baseline[i]!
    }
    const weight = product / (squares + caution)
    for (let i = 0; i < rest.length; i++) rest[i] = rest[i]! - weight * baseline[i]!
    return weight
  })
  return { rest, weights }
}
