/** Sweeps after which what is left off the diagonal is rounding. */
const sweepsMost = 30
/** Off-diagonal entries below this share of the diagonal's scale count as zero. */
const negligible = 1e-16

/**
 * The eigenvalues and eigenvectors of a symmetric n × n matrix, by cyclic Jacobi rotations (Golub and Van Loan, "Matrix
 * computations", section 8.5). `a` (row by row) is overwritten; `values` takes the eigenvalues in no particular order, and
 * column j of `vectors` the unit eigenvector of `values[j]`. O(n³).
 */
export function symmetricEigen(a: Float64Array, n: number, values: Float64Array, vectors: Float64Array): void {
  vectors.fill(0)
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1
  for (let sweep = 0; sweep < sweepsMost; sweep++) {
    let rotations = 0
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const off = a[p * n + q]!
        const scale = Math.sqrt(Math.abs(a[p * n + p]! * a[q * n + q]!))
        if (off === 0 || Math.abs(off) <= negligible * scale) continue
        rotate(a, vectors, n, p, q)
        rotations += 1
      }
    }
    if (rotations === 0) break
  }
  for (let i = 0; i < n; i++) values[i] = a[i * n + i]!
}

/** One rotation in the plane of p and q, after which their off-diagonal entry is zero. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const off = a[p * n + q]!
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * off)
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  a[p * n + p]! -= tangent * off
  a[q * n + q]! += tangent * off
  a[p * n + q] = 0
  a[q * n + p] = 0
  for (let i = 0; i < n; i++) {
    const toP = vectors[i * n + p]!
    const toQ = vectors[i * n + q]!
    vectors[i * n + p] = cosine * toP - sine * toQ
    vectors[i * n + q] = sine * toP + cosine * toQ
    if (i === p || i === q) continue
    const inP = a[i * n + p]!
    const inQ = a[i * n + q]!
    a[i * n + p] = a[p * n + i] = cosine * inP - sine * inQ
    a[i * n + q] = a[q * n + i] = sine * inP + cosine * inQ
  }
}
