/**
 * Expected improvement in a form that neither underflows nor cancels (Ament et al., "Unexpected Improvements to Expected
 * Improvement for Bayesian Optimization", NeurIPS 2023). With h(z) = φ(z) + z Φ(z), the expected improvement of a normal
 * prediction below a threshold is deviation · h((threshold − mean) / deviation).
 */
import { normalCdf } from './normal.ts'

const logSqrtTwoPi = 0.5 * Math.log(2 * Math.PI)
/** Below this the direct formula would cancel. */
const tailBegins = -2.5

/** log h(z), for every finite z. */
export function logH(z: number): number {
  return logHAndSlope(z).value
}

/** log h(z) and its derivative h′(z) / h(z) = Φ(z) / h(z), for every finite z. */
export function logHAndSlope(z: number): { readonly value: number; readonly slope: number } {
  if (z >= tailBegins) {
    const below = normalCdf(z)
    const h = density(z) + z * below
    return { value: Math.log(h), slope: below / h }
  }
  const { ratio, rest } = tail(-z)
  // Φ = φ · ratio and h = φ · ratio · rest.
  return { value: -0.5 * z * z - logSqrtTwoPi + Math.log(ratio * rest), slope: 1 / rest }
}

/** log Φ(z), for every finite z. */
export function logNormalCdf(z: number): number {
  if (z >= tailBegins) return Math.log(normalCdf(z))
  return -0.5 * z * z - logSqrtTwoPi + Math.log(tail(-z).ratio)
}

/** φ(z) / Φ(z): the derivative of log Φ. */
export function slopeOfLogNormalCdf(z: number): number {
  if (z >= tailBegins) return density(z) / normalCdf(z)
  return 1 / tail(-z).ratio
}

function density(z: number): number {
  return Math.exp(-0.5 * z * z - logSqrtTwoPi)
}

/**
 * For t ≥ 2.5 Mills' ratio Φ(−t) / φ(t) = 1 / (t + c) with the continued fraction c = 1 / (t + 2 / (t + 3 / (t + …)))
 * (Abramowitz and Stegun 26.2.14), and `rest`, which is c: 1 − t · ratio = c · ratio without cancellation.
 */
function tail(t: number): { readonly ratio: number; readonly rest: number } {
  // So many make it exact.
  const terms = 11 + Math.ceil(420 / (t * t))
  let c = 0
  for (let k = terms; k >= 1; k--) c = k / (t + c)
  return { ratio: 1 / (t + c), rest: c }
}
