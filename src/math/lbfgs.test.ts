import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Lbfgs } from './lbfgs.ts'

type Fun = (x: Float64Array, gradient: Float64Array) => number

function minimise(fun: Fun, start: readonly number[], low: number, high: number, evaluationsMax = 400): Lbfgs {
  const d = start.length
  const search = new Lbfgs(Float64Array.from(start), new Float64Array(d).fill(low), new Float64Array(d).fill(high), {
    tolerance: 1e-6,
    evaluationsMax,
  })
  const gradient = new Float64Array(d)
  while (!search.done) {
    const value = fun(search.next, gradient)
    search.tell(value, gradient)
  }
  return search
}

const rosenbrock: Fun = (x, gradient) => {
  let sum = 0
  gradient.fill(0)
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [x[i]!, x[i + 1]!]
    sum += 100 * (b - a * a) ** 2 + (1 - a) ** 2
    gradient[i] = gradient[i]! - 400 * a * (b - a * a) - 2 * (1 - a)
    gradient[i + 1] = gradient[i + 1]! + 200 * (b - a * a)
  }
  return sum
}

test('finds the minimum of the Rosenbrock function in a few evaluations', () => {
  const found = minimise(rosenbrock, [-1.2, 1, -0.5, 0.8], -5, 5)
  assert.ok(found.value < 1e-9, `value ${found.value} after ${found.evaluations} evaluations`)
  assert.ok(found.evaluations < 200, `${found.evaluations} evaluations`)
})

test('finds a minimum that lies on bounds', () => {
  // The free minimum is at (3, −2, 0.25).
  const fun: Fun = (x, gradient) => {
    const at = [3, -2, 0.25]
    let sum = 0
    for (let i = 0; i < 3; i++) {
      const difference = x[i]! - at[i]!
      sum += (i + 1) * difference * difference + 0.5 * difference * (x[(i + 1) % 3]! - at[(i + 1) % 3]!)
    }
    for (let i = 0; i < 3; i++) {
      const [next, previous] = [(i + 1) % 3, (i + 2) % 3]
      gradient[i] = 2 * (i + 1) * (x[i]! - at[i]!) + 0.5 * (x[next]! - at[next]! + x[previous]! - at[previous]!)
    }
    return sum
  }
  const found = minimise(fun, [0.5, 0.5, 0.5], 0, 1)
  assert.equal(found.best[0], 1)
  assert.equal(found.best[1], 0)
  // The third is free: 6 (x − 0.25) + 0.5 (1 − 3 + 0 + 2) = 0.
  assert.ok(Math.abs(found.best[2]! - 0.25) < 1e-5, `third component ${found.best[2]}`)
})

test('a wall of values that are not finite is walked along, not into', () => {
  const fun: Fun = (x, gradient) => {
    gradient[0] = 1 - 1 / x[0]!
    gradient[1] = 2 * x[1]!
    return x[0]! <= 0.05 ? NaN : x[0]! - Math.log(x[0]!) + x[1]! ** 2
  }
  const found = minimise(fun, [4, 2], -10, 10)
  assert.ok(Math.abs(found.best[0]! - 1) < 1e-4 && Math.abs(found.best[1]!) < 1e-4, found.best.join())
})

test('ends within its evaluations, at the best point it saw', () => {
  const found = minimise(rosenbrock, [-1.2, 1], -5, 5, 7)
  assert.equal(found.evaluations, 7)
  assert.equal(found.value, rosenbrock(found.best, new Float64Array(2)))
})
