/** Whether a point is at least so far from all others, by one dimension or by what is active. */
export function isApart(point: Float64Array, others: readonly Float64Array[], distance: number): boolean {
  for (const other of others) {
    let i = 0
    while (i < point.length && isNear(point[i]!, other[i]!, distance)) i += 1
    if (i === point.length) return false
  }
  return true
}

function isNear(a: number, b: number, distance: number): boolean {
  return Math.abs(a - b) < distance || (Number.isNaN(a) && Number.isNaN(b))
}
