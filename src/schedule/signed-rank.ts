/**
 * Wilcoxon's signed-rank test, one-sided and exact: the probability, where the signs of the differences are a matter of chance, that the
 * ranks of the positive ones add up to at least what they do. Equal sizes share their mean rank; the ranks of zeros count half
 * (Pratt 1959; "zsplit"). At least 2^−n for n differences.
 */
export function signedRankP(differences: readonly number[]): number {
  const order = differences.map((_, i) => i).toSorted((a, b) => sizeOf(differences[a]!) - sizeOf(differences[b]!))
  /** Twice the ranks, so that means of two are whole. */
  const ranks = new Array<number>(differences.length)
  for (let start = 0; start < order.length;) {
    let end = start
    while (end < order.length && sizeOf(differences[order[end]!]!) === sizeOf(differences[order[start]!]!)) end += 1
    for (let i = start; i < end; i++) ranks[order[i]!] = start + 1 + end
    start = end
  }
  const nonZero = ranks.filter((_, i) => differences[i] !== 0)
  const observed = ranks.reduce((sum, rank, i) => sum + (differences[i]! > 0 ? rank : 0), 0)
  const total = nonZero.reduce((sum, rank) => sum + rank, 0)
  // Probabilities of each sum of the positive ranks.
  let chances = new Float64Array(total + 1)
  chances[0] = 1
  for (const rank of nonZero) {
    const next = new Float64Array(total + 1)
    for (let sum = 0; sum <= total; sum++) {
      next[sum] = 0.5 * (chances[sum]! + (sum >= rank ? chances[sum - rank]! : 0))
    }
    chances = next
  }
  return chances.subarray(observed).reduce((sum, chance) => sum + chance, 0)
}

function sizeOf(difference: number): number {
  return Math.abs(difference)
}
