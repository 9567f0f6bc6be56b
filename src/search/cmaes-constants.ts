/** What a population's size and the number of dimensions settle, as of N. Hansen, "The CMA evolution strategy: a tutorial", 2016. */
export interface CmaesConstants {
  /** Points of a generation, λ. */
  readonly size: number
  /** Recombination weights, best first: the first half sums to 1, the others are negative. */
  readonly weights: Float64Array
  readonly muEff: number
  /** μ_eff of the negative weights. */
  readonly muEffMinus: number
  readonly cSigma: number
  readonly dSigma: number
  readonly cC: number
  readonly c1: number
  readonly cMu: number
  /** The expected length of a standard normal vector. */
  readonly chiN: number
}

/** Constants for `d` ≥ 1 dimensions and `size` ≥ 2 points a generation. */
export function constantsOf(d: number, size: number): CmaesConstants {
  const raw = Float64Array.from({ length: size }, (_, i) => Math.log((size + 1) / 2) - Math.log(i + 1))
  const mu = Math.floor(size / 2)
  const muEff = effective(raw.subarray(0, mu))
  const muEffMinus = effective(raw.subarray(mu))
  const c1 = 2 / ((d + 1.3) ** 2 + muEff)
  const cMu = Math.min(1 - c1, (2 * (muEff - 2 + 1 / muEff)) / ((d + 2) ** 2 + muEff))
  const cSigma = (muEff + 2) / (d + muEff + 5)
  // A generation of two or three has a cμ of 0.
  const bound = cMu > 0 ? Math.min(1 + c1 / cMu, (1 - c1 - cMu) / (d * cMu)) : 0
  const negative = Math.min(bound, 1 + (2 * muEffMinus) / (muEff + 2))
  return {
    size,
    weights: scaled(raw, negative),
    muEff,
    muEffMinus,
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (d + 1)) - 1) + cSigma,
    cC: (4 + muEff / d) / (d + 4 + (2 * muEff) / d),
    c1,
    cMu,
    chiN: Math.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d)),
  }
}

/** (Σw)² / Σw². */
function effective(weights: Float64Array): number {
  let sum = 0
  let squares = 0
  for (const weight of weights) {
    sum += weight
    squares += weight * weight
  }
  return squares === 0 ? 0 : (sum * sum) / squares
}

/** Positive weights sum to 1, negative ones to −`negative`. */
function scaled(raw: Float64Array, negative: number): Float64Array {
  let above = 0
  let below = 0
  for (const weight of raw) {
    if (weight > 0) above += weight
    else below -= weight
  }
  return raw.map((weight) => (weight > 0 ? weight / above : below === 0 ? 0 : (weight * negative) / below))
}
