// Problems with two objectives to be made small, whose best fronts are known or can be sampled.
import { choice, compileSpace, int, loguniform, uniform, when } from '../../src/space/index.ts'
import type { EncodedSpace } from '../../src/space/encoded.ts'
import type { OutcomeConstraint } from '../../src/trial/objective.ts'

export interface FrontProblem {
  readonly space: EncodedSpace
  readonly measure: (config: never) => Measured
  readonly outcomeConstraints: readonly OutcomeConstraint[]
  /** Values that are worse than those of any good trial; what is beyond adds no volume. */
  readonly reference: readonly [number, number]
  /** The hypervolume of the best front. */
  readonly best: number
}

export interface Measured {
  readonly a: number
  readonly b: number
  /** At most 0 where the constraint is met. */
  readonly off: number
}

const six = Array.from({ length: 6 }, (_, i) => `x${i}`)
type Six = Readonly<Record<string, number>>

/** Zitzler, Deb and Thiele, "Comparison of multiobjective evolutionary algorithms", Evolutionary Computation 8, 2000: x and the distance to the front. */
function zdt(config: Six): [number, number] {
  const rest = six.slice(1).map((name) => config[name]!)
  return [config['x0']!, 1 + (9 * rest.reduce((sum, x) => sum + x, 0)) / rest.length]
}

function zdt1(config: Six): Measured {
  const [x, g] = zdt(config)
  return { a: x, b: g * (1 - Math.sqrt(x / g)), off: 0 }
}

function zdt3(config: Six): Measured {
  const [x, g] = zdt(config)
  return { a: x, b: g * (1 - Math.sqrt(x / g) - (x / g) * Math.sin(10 * Math.PI * x)), off: 0 }
}

interface Mixed {
  readonly model: 'linear' | 'tree' | 'net'
  readonly rate: number
  readonly depth?: number
  readonly width?: number
  readonly layers?: number
}

/** Error and cost of models, each with parameters of its own: which is best depends on the cost that one can bear. */
function mixed({ model, rate, depth = 0, width = 0, layers = 0 }: Mixed): Measured {
  const tuned = 0.05 * (Math.log10(rate) + 2.5) ** 2
  if (model === 'linear') return { a: 0.55 + tuned, b: 0.05, off: 0 }
  if (model === 'tree') {
    return { a: 0.3 + tuned + 0.5 / depth + 0.004 * Math.max(0, depth - 8) ** 2, b: 0.1 + 0.04 * depth, off: 0 }
  }
  const size = (layers * Math.log2(width)) / 10
  return { a: 0.1 + 2 * tuned + 0.4 / (1 + size) + 0.03 * Math.abs(layers - 3), b: 0.2 + 0.15 * size, off: 0 }
}

/** Binh and Korn's problem ("MOBES", MENDEL 1997) with a second, narrower bound and two dimensions that only add to both. */
function bounded({ x, y, z, w }: { x: number; y: number; z: number; w: number }): Measured {
  const more = 20 * (z - 0.3) ** 2 + 20 * (w - 0.7) ** 2
  const bounds = [(x - 5) ** 2 + y ** 2 - 25, 7.7 - (x - 8) ** 2 - (y + 3) ** 2, Math.sin(3 * x) - 0.3 - 0.3 * z]
  return { a: 4 * x * x + 4 * y * y + more, b: (x - 5) ** 2 + (y - 5) ** 2 + more, off: Math.max(...bounds) }
}

const box = (names: readonly string[]): EncodedSpace =>
  compileSpace(Object.fromEntries(names.map((name) => [name, uniform(0, 1)])))

export const problems: Readonly<Record<string, FrontProblem>> = {
  zdt1: { space: box(six), measure: zdt1, outcomeConstraints: [], reference: [1.1, 5], best: 5.16664 },
  zdt3: { space: box(six), measure: zdt3, outcomeConstraints: [], reference: [1.1, 5], best: 5.62172 },
  mixed: {
    space: compileSpace({
      model: choice('linear', 'tree', 'net'),
      rate: loguniform(1e-5, 1),
      depth: when('model', 'tree', int(1, 20)),
      width: when('model', 'net', loguniform(8, 1_024)),
      layers: when('model', 'net', int(1, 6)),
    }),
    measure: mixed,
    outcomeConstraints: [],
    reference: [0.8, 1],
    best: 0.473,
  },
  bounded: {
    space: compileSpace({ x: uniform(0, 5), y: uniform(0, 3), z: uniform(0, 1), w: uniform(0, 1) }),
    measure: bounded,
    outcomeConstraints: [{ metric: 'off', max: 0 }],
    reference: [140, 50],
    best: 5258.9,
  },
}
