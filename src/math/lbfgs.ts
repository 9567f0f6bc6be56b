/** Steps of which the curvature is remembered. */
const memory = 6
/** Sufficient decrease (Armijo). */
const decrease = 1e-4
/** Trials of one line search. */
const lineTrials = 8

/**
 * Minimises a smooth function in a box by projected L-BFGS (Nocedal and Wright, "Numerical Optimization", 2nd ed.,
 * algorithm 7.4; bounds by projection as in Bertsekas 1982). It doesn't call the function: whoever holds it evaluates
 * `next` and tells the value and the gradient, so that many searches can go in lock step.
 */
export class Lbfgs {
  /** Where to evaluate next; not to be changed. */
  readonly next: Float64Array
  /** The best point so far, and its value. */
  readonly best: Float64Array
  value: number = Infinity
  done: boolean = false
  /** Values told so far. */
  evaluations: number = 0

  readonly #lower: Float64Array
  readonly #upper: Float64Array
  readonly #tolerance: number
  readonly #evaluationsMax: number
  readonly #gradient: Float64Array
  readonly #direction: Float64Array
  readonly #steps: Float64Array[] = []
  readonly #changes: Float64Array[] = []
  /** Of each step its product with its change. */
  readonly #products: number[] = []
  #length = 1
  #trials = 0
  #slope = 0

  /** The gradient counts as zero where no free component exceeds `tolerance`. */
  constructor(
    start: Float64Array,
    lower: Float64Array,
    upper: Float64Array,
    { tolerance, evaluationsMax }: { readonly tolerance: number; readonly evaluationsMax: number },
  ) {
    this.#lower = lower
    this.#upper = upper
    this.#tolerance = tolerance
    this.#evaluationsMax = evaluationsMax
    this.next = start.map((x, i) => clamp(x, lower[i]!, upper[i]!))
    this.best = this.next.slice()
    this.#gradient = new Float64Array(start.length)
    this.#direction = new Float64Array(start.length)
  }

  /** The value and the gradient at `next`. A value that is not finite is a wall. */
  tell(value: number, gradient: Float64Array): void {
    this.evaluations += 1
    const isFirst = this.evaluations === 1
    const accepted = isFirst || value <= this.value + decrease * this.#length * this.#slope
    if (accepted && Number.isFinite(value)) this.#accept(value, gradient, isFirst)
    else this.#shorten(value)
    if (this.evaluations >= this.#evaluationsMax) this.done = true
    if (!this.done) this.#place()
  }

  #accept(value: number, gradient: Float64Array, isFirst: boolean): void {
    if (!isFirst) this.#remember(gradient)
    this.best.set(this.next)
    this.value = value
    this.#gradient.set(gradient)
    this.#trials = 0
    this.#turn(isFirst || this.#steps.length === 0)
  }

  #shorten(value: number): void {
    this.#trials += 1
    if (this.evaluations === 1 || this.#trials >= lineTrials) {
      this.done = true
      return
    }
    // The minimum of the parabola through both values and the slope, within reason.
    const curvature = value - this.value - this.#length * this.#slope
    const parabola = (-0.5 * this.#slope * this.#length * this.#length) / curvature
    this.#length = Number.isFinite(parabola)
      ? clamp(parabola, 0.1 * this.#length, 0.5 * this.#length)
      : 0.25 * this.#length
  }

  #remember(gradient: Float64Array): void {
    const step = difference(this.next, this.best)
    const change = difference(gradient, this.#gradient)
    const product = dot(step, change)
    if (product <= 1e-10 * Math.sqrt(dot(change, change) * dot(step, step))) return
    this.#steps.push(step)
    this.#changes.push(change)
    this.#products.push(product)
    if (this.#steps.length <= memory) return
    this.#steps.shift()
    this.#changes.shift()
    this.#products.shift()
  }

  /** A new direction of descent, in which components that would leave the box are zero. */
  #turn(isSteepest: boolean): void {
    const free = this.#gradient.slice()
    let largest = 0
    for (let i = 0; i < free.length; i++) {
      if (this.#blocks(i, -free[i]!)) free[i] = 0
      largest = Math.max(largest, Math.abs(free[i]!))
    }
    if (largest <= this.#tolerance) {
      this.done = true
      return
    }
    const direction = this.#direction
    direction.set(free)
    this.#multiplyByInverseHessian(direction)
    for (let i = 0; i < direction.length; i++) {
      direction[i] = free[i] === 0 || this.#blocks(i, -direction[i]!) ? 0 : -direction[i]!
    }
    this.#slope = dot(direction, free)
    if (!(this.#slope < 0)) {
      for (let i = 0; i < direction.length; i++) direction[i] = -free[i]!
      this.#slope = -dot(free, free)
    }
    // The first step is a tenth of the box at most; later ones have the right length by themselves.
    let longest = 0
    for (let i = 0; i < direction.length; i++) {
      longest = Math.max(longest, Math.abs(direction[i]!) / (this.#upper[i]! - this.#lower[i]!))
    }
    this.#length = isSteepest ? Math.min(1, 0.1 / longest) : Math.min(1, 1 / longest)
  }

  /** Whether component i stands at the bound to which the direction points. */
  #blocks(i: number, direction: number): boolean {
    const x = this.best[i]!
    return (direction < 0 && x <= this.#lower[i]!) || (direction > 0 && x >= this.#upper[i]!)
  }

  #multiplyByInverseHessian(q: Float64Array): void {
    const last = this.#steps.length - 1
    if (last < 0) return
    const alphas = new Float64Array(last + 1)
    for (let k = last; k >= 0; k--) {
      alphas[k] = dot(this.#steps[k]!, q) / this.#products[k]!
      addScaled(q, -alphas[k]!, this.#changes[k]!)
    }
    const newest = this.#changes[last]!
    const scale = this.#products[last]! / dot(newest, newest)
    for (let i = 0; i < q.length; i++) q[i] = q[i]! * scale
    for (let k = 0; k <= last; k++) {
      const beta = dot(this.#changes[k]!, q) / this.#products[k]!
      addScaled(q, alphas[k]! - beta, this.#steps[k]!)
    }
  }

  #place(): void {
    for (let i = 0; i < this.next.length; i++) {
      this.next[i] = clamp(this.best[i]! + this.#length * this.#direction[i]!, this.#lower[i]!, this.#upper[i]!)
    }
  }
}

function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length)
  for (let i = 0; i < a.length; i++) result[i] = a[i]! - b[i]!
  return result
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function addScaled(a: Float64Array, scale: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] = a[i]! + scale * b[i]!
}
