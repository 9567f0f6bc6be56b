import { digitCount, pixelCount, shuffled } from './data.ts'
import type { Images } from './data.ts'

export interface NetworkOptions {
  /** Hidden layers and the units of each. */
  readonly layers: number
  readonly width: number
  readonly activation: 'relu' | 'tanh'
  readonly optimizer: 'sgd' | 'adam'
  readonly lr: number
  /** Epochs in which the learning rate falls to zero, epoch by epoch. Default: it stays. */
  readonly epochs?: number
  /** Of `sgd`. Default: 0. */
  readonly momentum?: number
  /** L2 penalty. */
  readonly weightDecay: number
  /** Images an update. */
  readonly batch: number
}

/** One fully connected layer: weights (out × in), then biases, in one array. */
interface Layer {
  readonly inputs: number
  readonly outputs: number
  readonly weights: Float64Array
  readonly gradient: Float64Array
  /** The optimizer's running averages. */
  readonly first: Float64Array
  readonly second: Float64Array
  /** Activations and their errors for the image at hand. */
  readonly values: Float64Array
  readonly errors: Float64Array
}

interface SavedNetwork {
  readonly epochs: number
  readonly updates: number
  readonly layers: readonly (readonly (readonly number[])[])[]
}

/** A multilayer perceptron with a softmax output and cross-entropy loss, trained by minibatches. */
export class Network {
  readonly #options: NetworkOptions
  readonly #random: () => number
  readonly #layers: Layer[] = []
  #updates = 0
  #epochs = 0
  #lr = 0

  /** `random` draws the weights and the order of the images. */
  constructor(options: NetworkOptions, random: () => number) {
    this.#options = options
    this.#random = random
    const sizes = [pixelCount, ...Array.from({ length: options.layers }, () => options.width), digitCount]
    for (let i = 1; i < sizes.length; i++) this.#layers.push(layer(sizes[i - 1]!, sizes[i]!, random))
  }

  /** One pass over the images, in an order that `random` draws; answers the mean loss on the way. */
  trainEpoch(images: Images, random: () => number = this.#random): number {
    const order = shuffled(images.count, random)
    const { lr, epochs } = this.#options
    this.#lr = epochs === undefined ? lr : lr * (1 - this.#epochs / epochs)
    this.#epochs += 1
    let loss = 0
    for (let start = 0; start < order.length; start += this.#options.batch) {
      const batch = order.subarray(start, start + this.#options.batch)
      for (const image of batch) {
        this.#forward(images.pixels, image * pixelCount)
        loss += this.#backward(images.pixels, image * pixelCount, images.digits[image]!)
      }
      this.#update(batch.length)
    }
    return loss / images.count
  }

  /** Weights and what the optimizer remembers, for a checkpoint. */
  save(): string {
    const layers = this.#layers.map(({ weights, first, second }) => [weights, first, second].map((each) => [...each]))
    return JSON.stringify({ epochs: this.#epochs, updates: this.#updates, layers })
  }

  /** The inverse of `save`, of a network of the same shape. */
  load(saved: string): void {
    const { epochs, updates, layers } = JSON.parse(saved) as SavedNetwork
    this.#epochs = epochs
    this.#updates = updates
    for (const [i, { weights, first, second }] of this.#layers.entries()) {
      for (const [j, array] of [weights, first, second].entries()) array.set(layers[i]![j]!)
    }
  }

  /** Mean cross-entropy (nats) and the share of images whose digit is recognised. */
  evaluate(images: Images): { loss: number; accuracy: number } {
    let loss = 0
    let right = 0
    for (let image = 0; image < images.count; image++) {
      const scores = this.#forward(images.pixels, image * pixelCount)
      const digit = images.digits[image]!
      loss -= Math.log(Math.max(scores[digit]!, 1e-300))
      if (scores.indexOf(Math.max(...scores)) === digit) right += 1
    }
    return { loss: loss / images.count, accuracy: right / images.count }
  }

  /** The probabilities of the digits for the image at `offset`. */
  #forward(pixels: Float64Array, offset: number): Float64Array {
    let inputs = pixels
    let from = offset
    for (const [depth, { inputs: size, outputs, weights, values }] of this.#layers.entries()) {
      const hidden = depth < this.#layers.length - 1
      for (let unit = 0; unit < outputs; unit++) {
        let sum = weights[outputs * size + unit]!
        for (let i = 0; i < size; i++) sum += weights[unit * size + i]! * inputs[from + i]!
        values[unit] = hidden ? this.#activate(sum) : sum
      }
      inputs = values
      from = 0
    }
    return softmax(inputs)
  }

  /** Adds one image's gradient; answers its loss. */
  #backward(pixels: Float64Array, offset: number, digit: number): number {
    const last = this.#layers.at(-1)!
    const probability = last.values[digit]!
    last.errors.set(last.values)
    last.errors[digit]! -= 1
    for (let depth = this.#layers.length - 1; depth >= 0; depth--) {
      const { inputs: size, outputs, weights, gradient, errors } = this.#layers[depth]!
      const below = this.#layers[depth - 1]
      const inputs = below?.values ?? pixels
      const from = below === undefined ? offset : 0
      below?.errors.fill(0)
      for (let unit = 0; unit < outputs; unit++) {
        const error = errors[unit]!
        gradient[outputs * size + unit]! += error
        for (let i = 0; i < size; i++) gradient[unit * size + i]! += error * inputs[from + i]!
        if (below !== undefined) for (let i = 0; i < size; i++) below.errors[i]! += error * weights[unit * size + i]!
      }
      if (below !== undefined) for (let i = 0; i < size; i++) below.errors[i]! *= this.#slope(below.values[i]!)
    }
    return -Math.log(Math.max(probability, 1e-300))
  }

  #update(count: number): void {
    this.#updates += 1
    for (const { weights, gradient, first, second } of this.#layers) {
      for (let i = 0; i < weights.length; i++) {
        const slope = gradient[i]! / count + this.#options.weightDecay * weights[i]!
        weights[i]! -=
          this.#options.optimizer === 'adam' ? this.#adam(slope, first, second, i) : this.#sgd(slope, first, i)
        gradient[i] = 0
      }
    }
  }

  #sgd(slope: number, velocity: Float64Array, i: number): number {
    velocity[i] = (this.#options.momentum ?? 0) * velocity[i]! + slope
    return this.#lr * velocity[i]
  }

  /** Kingma and Ba, "Adam", 2015, with their constants. */
  #adam(slope: number, first: Float64Array, second: Float64Array, i: number): number {
    first[i] = 0.9 * first[i]! + 0.1 * slope
    second[i] = 0.999 * second[i]! + 0.001 * slope * slope
    const mean = first[i] / (1 - 0.9 ** this.#updates)
    const variance = second[i] / (1 - 0.999 ** this.#updates)
    return (this.#lr * mean) / (Math.sqrt(variance) + 1e-8)
  }

  #activate(sum: number): number {
    return this.#options.activation === 'tanh' ? Math.tanh(sum) : Math.max(0, sum)
  }

  /** The activation's derivative, from its value. */
  #slope(value: number): number {
    if (this.#options.activation === 'tanh') return 1 - value * value
    return value > 0 ? 1 : 0
  }
}

function layer(inputs: number, outputs: number, random: () => number): Layer {
  const size = (inputs + 1) * outputs
  const weights = new Float64Array(size)
  const bound = Math.sqrt(6 / (inputs + outputs))
  for (let i = 0; i < inputs * outputs; i++) weights[i] = (2 * random() - 1) * bound
  const zeros = (length: number): Float64Array => new Float64Array(length)
  return {
    inputs,
    outputs,
    weights,
    gradient: zeros(size),
    first: zeros(size),
    second: zeros(size),
    values: zeros(outputs),
    errors: zeros(outputs),
  }
}

/** In place; answers its argument. */
function softmax(scores: Float64Array): Float64Array {
  const highest = Math.max(...scores)
  let sum = 0
  for (let i = 0; i < scores.length; i++) sum += scores[i] = Math.exp(scores[i]! - highest)
  for (let i = 0; i < scores.length; i++) scores[i]! /= sum
  return scores
}
