/**
 * The standard normal distribution. Φ by the rational approximations of W. J. Cody, "Rational Chebyshev approximations
 * for the error function", Mathematics of Computation 23 (1969); Φ⁻¹ by M. J. Wichura, "Algorithm AS 241: the percentage
 * points of the normal distribution", Applied Statistics 37 (1988). Relative errors are below 5e-15 for |z| ≤ 6
 * and below 1e-13 as far down as Φ is a normal number.
 */

/** Φ(z): the probability of a standard normal number below `z`. */
export function normalCdf(z: number): number {
  const x = Math.abs(z) * Math.SQRT1_2
  if (x <= 0.46875) return 0.5 + 0.5 * erfNearZero(z * Math.SQRT1_2)
  const tail = 0.5 * erfcOfPositive(x)
  return z < 0 ? tail : 1 - tail
}

/** Φ⁻¹(p): the number below which a standard normal number lies with probability `p` in [0, 1]; infinite at 0 and 1. */
export function normalQuantile(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(centralNumerator, r)) / polynomial(centralDenominator, r)
  }
  const tail = q < 0 ? p : 1 - p
  if (tail <= 0) return tail === 0 ? Math.sign(q) * Infinity : NaN
  const r = Math.sqrt(-Math.log(tail))
  const z =
    r <= 5
      ? polynomial(tailNumerator, r - 1.6) / polynomial(tailDenominator, r - 1.6)
      : polynomial(farNumerator, r - 5) / polynomial(farDenominator, r - 5)
  return q < 0 ? -z : z
}

/** erf(x) for |x| ≤ 0.46875. */
function erfNearZero(x: number): number {
  const square = x * x
  return (x * polynomial(erfNumerator, square)) / polynomial(erfDenominator, square)
}

/** erfc(x) for x > 0.46875. */
function erfcOfPositive(x: number): number {
  if (x > 27.3) return 0
  if (x <= 4) return (expOfMinusSquare(x) * polynomial(erfcNumerator, x)) / polynomial(erfcDenominator, x)
  const inverse = 1 / (x * x)
  const correction = (inverse * polynomial(erfcFarNumerator, inverse)) / polynomial(erfcFarDenominator, inverse)
  return (expOfMinusSquare(x) / x) * (1 / Math.sqrt(Math.PI) - correction)
}

/** exp(−x²), with x² split so that its rounding error does not grow with x (Cody's device). */
function expOfMinusSquare(x: number): number {
  const head = Math.trunc(x * 16) / 16
  return Math.exp(-head * head) * Math.exp(-(x - head) * (x + head))
}

/** Coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = coefficients[0]!
  for (let i = 1; i < coefficients.length; i++) sum = sum * x + coefficients[i]!
  return sum
}

const erfNumerator = [
  1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3,
]
const erfDenominator = [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3]
const erfcNumerator = [
  2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
  8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
]
const erfcDenominator = [
  1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
  4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
]
const erfcFarNumerator = [
  1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
  1.60837851487422766e-2, 6.58749161529837803e-4,
]
const erfcFarDenominator = [
  1, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3,
]
const centralNumerator = [
  2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
  1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.387132872796366608,
]
const centralDenominator = [
  5.226495278852854561e3, 2.8729085735721942674e4, 3.930789580009271061e4, 2.1213794301586595867e4,
  5.3941960214247511077e3, 6.871870074920579083e2, 4.2313330701600911252e1, 1,
]
const tailNumerator = [
  7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.4178072517745061177e-1, 1.27045825245236838258,
  3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
]
const tailDenominator = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636164571966e-2, 1.4810397642748007459e-1,
  6.8976733498510000455e-1, 1.6763848301838038494, 2.05319162663775882187, 1,
]
const farNumerator = [
  2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.2426609473880784386e-3, 2.6532189526576123093e-2,
  2.9656057182850489123e-1, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
]
const farDenominator = [
  2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
  1.48753612908506148525e-2, 1.3692988092273580531e-1, 5.9983220655588793769e-1, 1,
]
