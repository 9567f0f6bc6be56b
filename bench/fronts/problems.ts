// Problems with several objectives to be made small, whose best fronts are known.
import { choice, compileSpace, int, loguniform, uniform, when } from '../../src/space/index.ts'
import type { Parameter } from '../../src/space/index.ts'
import type { EncodedSpace } from '../../src/space/encoded.ts'

/** A parameter in words that another program understands too. */
export type Described = { readonly name: string; readonly when?: readonly [parent: string, value: string] } & (
  | { readonly type: 'uniform' | 'loguniform' | 'int'; readonly low: number; readonly high: number }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
)

export type Configuration = Readonly<Record<string, number | string>>

export interface Measured {
  readonly losses: readonly number[]
  /** At most 0 where the constraint is met; undefined where the problem has none. */
  readonly off?: number
}

export interface FrontProblem {
  readonly parameters: readonly Described[]
  readonly measure: (config: Configuration) => Measured
  readonly constrained: boolean
  /** One entry an objective. What is not better in each adds no volume. */
  readonly reference: readonly number[]
  /** The volume of the best front. */
  readonly best: number
}

type Numbers = Readonly<Record<string, number>>

/** So many parameters x0, x1, … from 0 to 1. */
function unit(count: number): Described[] {
  return Array.from({ length: count }, (_, i) => ({ name: `x${i}`, type: 'uniform', low: 0, high: 1 }))
}

/** Zitzler, Deb and Thiele, Evolutionary Computation 8, 2000, with six parameters: the place on the front, and the distance to it. */
function zdt(config: Configuration): [number, number] {
  const x = unit(6).map(({ name }) => Number(config[name]))
  return [x[0]!, 1 + (9 * x.slice(1).reduce((sum, each) => sum + each, 0)) / 5]
}

function zdt1(config: Configuration): Measured {
  const [x, g] = zdt(config)
  return { losses: [x, g * (1 - Math.sqrt(x / g))] }
}

function zdt3(config: Configuration): Measured {
  const [x, g] = zdt(config)
  return { losses: [x, g * (1 - Math.sqrt(x / g) - (x / g) * Math.sin(10 * Math.PI * x))] }
}

/** Error and cost of models, each with parameters of its own: which is best depends on the cost that one can bear. */
function mixed(config: Configuration): Measured {
  const { rate, depth, width, layers } = config as Numbers & { rate: number }
  const tuned = 0.05 * (Math.log10(rate) + 2.5) ** 2
  if (config['model'] === 'linear') return { losses: [0.55 + tuned, 0.05] }
  if (config['model'] === 'tree') {
    const over = 0.004 * Math.max(0, depth! - 8) ** 2
    return { losses: [0.3 + tuned + 0.5 / depth! + over, 0.1 + 0.04 * depth!] }
  }
  const size = (layers! * Math.log2(width!)) / 10
  return { losses: [0.1 + 2 * tuned + 0.4 / (1 + size) + 0.03 * Math.abs(layers! - 3), 0.2 + 0.15 * size] }
}

/** Binh and Korn's problem (MENDEL 1997) with a further constraint that cuts strips out of the front, and two parameters that only add to both. */
function bounded(config: Configuration): Measured {
  const { x, y, z, w } = config as Record<'x' | 'y' | 'z' | 'w', number>
  const more = 20 * (z - 0.3) ** 2 + 20 * (w - 0.7) ** 2
  const bounds = [(x - 5) ** 2 + y ** 2 - 25, 7.7 - (x - 8) ** 2 - (y + 3) ** 2, Math.sin(3 * x) - 0.3 - 0.3 * z]
  return { losses: [4 * x * x + 4 * y * y + more, (x - 5) ** 2 + (y - 5) ** 2 + more], off: Math.max(...bounds) }
}

/** Deb, Thiele, Laumanns and Zitzler, CEC 2002, with four objectives: the front is a part of a sphere. */
function dtlz2(config: Configuration): Measured {
  const x = unit(8).map(({ name }) => Number(config[name]))
  const g = x.slice(3).reduce((sum, each) => sum + (each - 0.5) ** 2, 0)
  const angles = x.slice(0, 3).map((each) => (each * Math.PI) / 2)
  const losses = Array.from({ length: 4 }, (_, k) => {
    const cosines = angles.slice(0, 3 - k).reduce((product, angle) => product * Math.cos(angle), 1 + g)
    return k === 0 ? cosines : cosines * Math.sin(angles[3 - k]!)
  })
  return { losses }
}

/** The best volumes of `mixed` and `bounded` are those of all points on fine grids of the parameters that matter. */
export const problems: Readonly<Record<string, FrontProblem>> = {
  zdt1: { parameters: unit(6), measure: zdt1, constrained: false, reference: [1.1, 5], best: 5.16664 },
  zdt3: { parameters: unit(6), measure: zdt3, constrained: false, reference: [1.1, 5], best: 5.62172 },
  mixed: {
    parameters: [
      { name: 'model', type: 'choice', choices: ['linear', 'tree', 'net'] },
      { name: 'rate', type: 'loguniform', low: 1e-5, high: 1 },
      { name: 'depth', type: 'int', low: 1, high: 20, when: ['model', 'tree'] },
      { name: 'width', type: 'loguniform', low: 8, high: 1_024, when: ['model', 'net'] },
      { name: 'layers', type: 'int', low: 1, high: 6, when: ['model', 'net'] },
    ],
    measure: mixed,
    constrained: false,
    reference: [0.8, 1],
    best: 0.473,
  },
  bounded: {
    parameters: [
      { name: 'x', type: 'uniform', low: 0, high: 5 },
      { name: 'y', type: 'uniform', low: 0, high: 3 },
      { name: 'z', type: 'uniform', low: 0, high: 1 },
      { name: 'w', type: 'uniform', low: 0, high: 1 },
    ],
    measure: bounded,
    constrained: true,
    reference: [140, 50],
    best: 5_258.9,
  },
  dtlz2: {
    parameters: unit(8),
    measure: dtlz2,
    constrained: false,
    reference: [1.5, 1.5, 1.5, 1.5],
    best: 1.5 ** 4 - Math.PI ** 2 / 32,
  },
}

export function spaceOf({ parameters }: FrontProblem): EncodedSpace {
  return compileSpace(
    Object.fromEntries(
      parameters.map((described) => {
        const parameter = parameterOf(described)
        return [described.name, described.when === undefined ? parameter : when(...described.when, parameter)]
      }),
    ),
  )
}

function parameterOf(described: Described): Parameter {
  switch (described.type) {
    case 'choice':
      return choice(...(described.choices as readonly [string, ...string[]]))
    case 'int':
      return int(described.low, described.high)
    case 'loguniform':
      return loguniform(described.low, described.high)
    default:
      return uniform(described.low, described.high)
  }
}
