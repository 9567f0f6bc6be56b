import assert from 'node:assert/strict'
import { test } from 'node:test'

import { logH, logHAndSlope, logNormalCdf, slopeOfLogNormalCdf } from './log-ei.ts'

function close(actual: number, expected: number, relative: number, message: string): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${message}: ${actual}, expected ${expected}`)
}

test('log h equals golden values, far into the tail', () => {
  const golden: readonly (readonly [number, number])[] = [
    [0, -0.918938533204673],
    [-1, -2.48512102571264],
    [-5, -16.744301162661],
    [-20, -206.917838509425],
    [-100, -5010.12957880025],
    [-1000, -500014.734452091],
    [-1e5, -5000000023.94479],
    [1.5, 0.4248145567622593],
    [6, 1.7917594692541145],
  ]
  for (const [z, expected] of golden) close(logH(z), expected, 1e-13, `log h(${z})`)
})

test('the slope of log h equals golden values', () => {
  // Φ / φ over 1 + z Φ / φ.
  close(logHAndSlope(-5).slope, 5.36181624128806, 1e-13, 'slope at -5')
  close(logHAndSlope(-100).slope, 100.01999400419587, 1e-14, 'slope at -100')
})

test('slopes are derivatives, on both sides of the change of formula', () => {
  for (const z of [-1e4, -300, -40, -19.9, -20.1, -8, -2.6, -2.5, -2.4, -1, 0, 0.3, 2, 6, 30]) {
    const step = 1e-5 * Math.max(1, Math.abs(z))
    const slope = (logH(z + step) - logH(z - step)) / (2 * step)
    close(logHAndSlope(z).slope, slope, 1e-5, `slope of log h at ${z}`)
    const slopeCdf = (logNormalCdf(z + step) - logNormalCdf(z - step)) / (2 * step)
    assert.ok(Math.abs(slopeOfLogNormalCdf(z) - slopeCdf) <= 1e-5 * Math.max(1e-3, Math.abs(slopeCdf)), `log Φ at ${z}`)
  }
})

test('log h grows without a jump, to the very ends', () => {
  let before = -Infinity
  for (let z = -1e5; z <= 40; z += z < -50 ? 97.3 : 0.013) {
    const now = logH(z)
    assert.ok(Number.isFinite(now) && now > before, `log h(${z}) = ${now} after ${before}`)
    before = now
  }
})
