import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { symmetricEigen } from './eigen.ts'

test('a matrix is the sum of its eigenvectors, which are orthonormal', () => {
  const random = stream(1, purpose.simulate)
  for (const n of [1, 2, 3, 10, 40]) {
    const a = new Float64Array(n * n)
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = random.normal()
    const values = new Float64Array(n)
    const vectors = new Float64Array(n * n)
    symmetricEigen(a.slice(), n, values, vectors)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0
        let product = 0
        for (let k = 0; k < n; k++) {
          sum += vectors[i * n + k]! * values[k]! * vectors[j * n + k]!
          product += vectors[k * n + i]! * vectors[k * n + j]!
        }
        assert.ok(Math.abs(sum - a[i * n + j]!) < 1e-12 * n, `n ${n}: ${sum} for ${a[i * n + j]}`)
        assert.ok(Math.abs(product - (i === j ? 1 : 0)) < 1e-13 * n, `n ${n}: columns ${i} and ${j}`)
      }
    }
  }
})

test('eigenvalues of very different sizes keep their precision', () => {
  const values = new Float64Array(2)
  symmetricEigen(Float64Array.of(1e12, 1, 1, 1), 2, values, new Float64Array(4))
  assert.ok(Math.abs(values.toSorted()[0]! - (1 - 1e-12)) < 1e-15)
})
