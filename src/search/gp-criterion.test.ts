import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { feasible, logExpectedImprovement } from './gp-criterion.ts'
import type { Criterion, Forecast } from './gp-criterion.ts'

function forecastOf(means: readonly number[], deviations: readonly number[]): Forecast {
  const zeros = (): Float64Array => new Float64Array(means.length)
  return {
    means: Float64Array.from(means),
    deviations: Float64Array.from(deviations),
    byMeans: zeros(),
    byDeviations: zeros(),
  }
}

/** The derivatives that a criterion answers are those of its value. */
function checkSlopes(
  criterion: Criterion,
  means: readonly number[],
  deviations: readonly number[],
  label: string,
): void {
  const { byMeans, byDeviations, ...rest } = forecastOf(means, deviations)
  criterion({ ...rest, byMeans, byDeviations })
  for (let i = 0; i < means.length; i++) {
    for (const [slopes, moved] of [
      [
        byMeans,
        (by: number) =>
          forecastOf(
            means.map((x, j) => (i === j ? x + by : x)),
            deviations,
          ),
      ],
      [
        byDeviations,
        (by: number) =>
          forecastOf(
            means,
            deviations.map((x, j) => (i === j ? x + by : x)),
          ),
      ],
    ] as const) {
      const step = 1e-5 * deviations[i]!
      const slope = (criterion(moved(step)) - criterion(moved(-step))) / (2 * step)
      assert.ok(Math.abs(slopes[i]! - slope) <= 1e-5 * Math.max(1, Math.abs(slope)), `${label}: ${slopes[i]}, ${slope}`)
    }
  }
}

test('far from the best the improvement neither vanishes nor loses its slope', () => {
  for (const z of [3, 0, -1, -5, -38, -40, -200, -1e3, -1e5]) {
    const deviation = 0.01
    const forecast = forecastOf([-z * deviation], [deviation])
    const value = logExpectedImprovement(0)(forecast)
    assert.ok(Number.isFinite(value), `z = ${z}: ${value}`)
    assert.ok(forecast.byMeans[0]! < 0, `z = ${z}: a lower mean is better`)
    assert.ok(forecast.byDeviations[0]! > 0, `z = ${z}: more uncertainty is better`)
    if (z > -1e3) checkSlopes(logExpectedImprovement(0), [-z * deviation], [deviation], `z = ${z}`)
  }
})

test('slopes of a constrained criterion are derivatives, with and without something known to be feasible', () => {
  const random = stream(1, purpose.simulate)
  for (let round = 0; round < 20; round++) {
    const means = Array.from({ length: 3 }, () => random.normal())
    const deviations = Array.from({ length: 3 }, () => 0.2 + random.float())
    checkSlopes(feasible(logExpectedImprovement(0), [0.3, -0.2], -60), means, deviations, `round ${round}`)
    checkSlopes(feasible(undefined, [0.3, -0.2], -60), means, deviations, `round ${round}, nothing feasible`)
  }
})

test('a constraint that is missed for certain counts as much as allowed, and no more', () => {
  const value = (mean: number, least: number): number =>
    feasible(logExpectedImprovement(0), [0], least)(forecastOf([0, mean], [1, 0.01]))
  const without = logExpectedImprovement(0)(forecastOf([0], [1]))
  assert.ok(Math.abs(value(5, -10) - (without - 10)) < 1e-12)
  assert.ok(Math.abs(value(5, -60) - (without - 60)) < 1e-12)
  assert.ok(Math.abs(value(-5, -10) - without) < 1e-12, 'what surely meets it costs nothing')
})
