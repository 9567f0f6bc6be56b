import { normalCdf, normalQuantile } from '../math/normal.ts'
import { decimal, powerOfTen, significant } from './decimal.ts'

/** How the values of a continuous parameter lie on [0, 1]. */
export interface Scale {
  /** Bounds of the values, inclusive. */
  readonly low: number
  readonly high: number
  /** The value at `u` in [0, 1], to the last bit; used for cell edges. */
  raw(u: number): number
  /**
   * The value at `u` as a trial gets it: rounded to so many decimals that nothing is lost (less than 1e-12 in `u`), so
   * that `value(unit(v)) === v` both for values that came from here and for decimals that a person wrote.
   */
  value(u: number): number
  /** Where a value lies; the inverse of `raw` and `value`. */
  unit(value: number): number
  /** Half the encoded width of `mode` ± `deviation`, or of `mode` ×÷ `deviation` on a logarithmic scale. */
  spread(mode: number, deviation: number): number
}

/** Standard deviations beyond which a normal parameter has no values: a probability of 2e-9. */
export const normalReach = 6

/** Uniform between two bounds. */
export function linearScale(low: number, high: number): Scale {
  return new LinearScale(low, high)
}

/** Uniform in the logarithm, between two positive bounds. */
export function logScale(low: number, high: number): Scale {
  return new LogScale(low, high)
}

/** Normal: `u` is the distribution function. */
export function normalScale(mean: number, deviation: number): Scale {
  return new NormalScale(mean, deviation)
}

/** Normal in the logarithm: `u` is the distribution function. */
export function lognormalScale(mu: number, sigma: number): Scale {
  return new LognormalScale(mu, sigma)
}

class LinearScale implements Scale {
  readonly low: number
  readonly high: number
  readonly #range: number
  readonly #places: number
  readonly #power: number

  constructor(low: number, high: number) {
    this.low = low
    this.high = high
    this.#range = high - low
    this.#places = placesFor(this.#range * 1e-14, Math.max(-low, high), this.#range * 1e-12)
    this.#power = powerOfTen(this.#places)
  }

  raw(u: number): number {
    return this.low + u * this.#range
  }

  value(u: number): number {
    if (u <= 0 || u >= 1) return u <= 0 ? this.low : this.high
    return clamp(rounded(this.raw(u), this.#places, this.#power), this.low, this.high)
  }

  unit(value: number): number {
    return below(value < this.high, (value - this.low) / this.#range)
  }

  spread(_mode: number, deviation: number): number {
    return deviation / this.#range
  }
}

class LogScale implements Scale {
  readonly low: number
  readonly high: number
  readonly #range: number
  readonly #digits: number

  constructor(low: number, high: number) {
    this.low = low
    this.high = high
    this.#range = Math.log(high / low)
    this.#digits = digitsFor(this.#range, this.#range)
  }

  raw(u: number): number {
    // Around `low`, not around 1: narrow ranges keep their precision.
    return this.low + this.low * Math.expm1(u * this.#range)
  }

  value(u: number): number {
    if (u <= 0 || u >= 1) return u <= 0 ? this.low : this.high
    const raw = this.raw(u)
    return clamp(this.#digits === 0 ? raw : significant(raw, this.#digits), this.low, this.high)
  }

  unit(value: number): number {
    if (value === this.high) return 1
    return below(value < this.high, Math.log1p((value - this.low) / this.low) / this.#range)
  }

  spread(_mode: number, deviation: number): number {
    return Math.log(deviation) / this.#range
  }
}

class NormalScale implements Scale {
  readonly low: number
  readonly high: number
  readonly #mean: number
  readonly #deviation: number
  readonly #places: number
  readonly #power: number

  constructor(mean: number, deviation: number) {
    this.#mean = mean
    this.#deviation = deviation
    this.#places = placesFor(deviation * 4e-13, Math.abs(mean) + normalReach * deviation, deviation * 4e-12)
    this.#power = powerOfTen(this.#places)
    this.low = rounded(this.raw(0), this.#places, this.#power)
    this.high = rounded(this.raw(1), this.#places, this.#power)
  }

  raw(u: number): number {
    return this.#mean + this.#deviation * quantile(u)
  }

  value(u: number): number {
    return clamp(rounded(this.raw(u), this.#places, this.#power), this.low, this.high)
  }

  unit(value: number): number {
    return refined(this, normalCdf((value - this.#mean) / this.#deviation), value)
  }

  spread(mode: number, deviation: number): number {
    return halfWidth(this.unit(mode - deviation), this.unit(mode + deviation))
  }
}

class LognormalScale implements Scale {
  readonly low: number
  readonly high: number
  readonly #median: number
  readonly #sigma: number
  readonly #digits: number

  constructor(mu: number, sigma: number) {
    this.#median = Math.exp(mu)
    this.#sigma = sigma
    // The density in the logarithm is at most 0.4 / sigma.
    this.#digits = digitsFor(2.5 * sigma, normalReach * sigma)
    this.low = this.#rounded(this.raw(0))
    this.high = this.#rounded(this.raw(1))
  }

  raw(u: number): number {
    const exponent = this.#sigma * quantile(u)
    // Around the median, not around 1: narrow distributions keep their precision.
    if (Math.abs(exponent) < 0.5) return this.#median + this.#median * Math.expm1(exponent)
    return this.#median * Math.exp(exponent)
  }

  value(u: number): number {
    return clamp(this.#rounded(this.raw(u)), this.low, this.high)
  }

  unit(value: number): number {
    if (value <= 0) return 0
    const excess = (value - this.#median) / this.#median
    const exponent = Math.abs(excess) < 0.5 ? Math.log1p(excess) : Math.log(value / this.#median)
    return refined(this, normalCdf(exponent / this.#sigma), value)
  }

  spread(mode: number, deviation: number): number {
    return halfWidth(this.unit(mode / deviation), this.unit(mode * deviation))
  }

  #rounded(value: number): number {
    return this.#digits === 0 ? value : significant(value, this.#digits)
  }
}

function quantile(u: number): number {
  return clamp(normalQuantile(u), -normalReach, normalReach)
}

/** Keeps what lies below the upper bound from being rounded up to it. */
function below(isBelow: boolean, u: number): number {
  return isBelow && u >= 1 ? 1 - Number.EPSILON / 2 : u
}

function halfWidth(lower: number, upper: number): number {
  return (upper - lower) / 2
}

/**
 * The place nearest to `u` whose value is `value` exactly, at most 512 units in the last place away; `u` itself where
 * there is none. It matters in the upper tail, where neighbouring doubles stand for different values.
 */
function refined(scale: Scale, u: number, value: number): number {
  if (scale.value(u) === value) return u
  const unit = u < 0.5 ? u * Number.EPSILON : Number.EPSILON / 2
  for (let distance = 1; distance <= 512; distance *= 2) {
    if (scale.value(u + distance * unit) === value) return u + distance * unit
    if (scale.value(u - distance * unit) === value) return u - distance * unit
  }
  return u
}

/**
 * Decimal places to which values are rounded: a unit of at least `finest` and, for the arithmetic's errors not to
 * matter, of 2e-15 times the largest value. No rounding (NaN) where that unit would exceed `coarsest`: there the doubles
 * themselves are coarser than those errors.
 */
function placesFor(finest: number, largest: number, coarsest: number): number {
  const places = Math.floor(-Math.log10(Math.max(finest, 2e-15 * largest)))
  return powerOfTen(-places) > coarsest || Math.abs(places) > 290 ? NaN : places
}

function rounded(value: number, places: number, power: number): number {
  return Number.isNaN(places) ? value + 0 : decimal(Math.round(value * power), places)
}

/**
 * Significant digits to which values on a logarithmic scale are rounded, 0 for no rounding: `width` is the width of the
 * scale in units of the logarithm, `exponent` the largest argument of exp, whose rounding error must not matter.
 */
function digitsFor(width: number, exponent: number): number {
  if (width < 0.05) return 0
  if (exponent > 225) return 12
  return width < 0.5 ? 14 : 13
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value
}
