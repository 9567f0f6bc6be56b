// The 24 noiseless functions of BBOB, from their published definitions (Hansen, Finck, Ros and Auger, "Real-parameter black-box optimization
// benchmarking 2009: noiseless functions definitions", INRIA RR-6829), with the instances of the COCO platform: shifts and
// rotations follow from function, instance and dimension. Search domain [−5, 5]^d.

export interface BbobFunction {
  readonly optimum: number
  readonly value: (x: readonly number[]) => number
}

type Vector = readonly number[]
type Matrix = readonly Vector[]

/** `number` from 1 to 24, `instance` from 1, at least 2 dimensions. */
export function bbob(number: number, instance: number, dimensions: number): BbobFunction {
  // Functions 4 and 18 are relatives of those before them, with the same shifts.
  const seed = ({ 4: 3, 18: 17 }[number] ?? number) + 10_000 * instance
  const optimum = optimumOf(seed)
  const make = makers[number - 1]!
  const raw = make({
    d: dimensions,
    seed,
    shift: shiftOf(seed, dimensions),
    // Lazily: most functions need one or none.
    first: () => rotationOf(seed + 1_000_000, dimensions),
    second: () => rotationOf(seed, dimensions),
  })
  return { optimum, value: (x) => raw(x) + optimum }
}

interface Parts {
  readonly d: number
  readonly seed: number
  readonly shift: Vector
  readonly first: () => Matrix
  readonly second: () => Matrix
}

type Maker = (parts: Parts) => (x: Vector) => number

const makers: readonly Maker[] = [
  ({ shift }) =>
    (x) =>
      sum(minus(x, shift).map((z) => z * z)),
  ({ d, shift }) =>
    (x) =>
      sum(minus(x, shift).map((z, i) => 10 ** (6 * ratio(i, d)) * oscillated(z) ** 2)),
  ({ d, shift }) =>
    (x) =>
      rastrigin(conditioned(asymmetric(minus(x, shift).map(oscillated), 0.2), 10, d)),
  buche,
  linearSlope,
  attractiveSector,
  stepEllipsoid,
  ({ d, shift }) => {
    const stretch = Math.max(1, Math.sqrt(d) / 8)
    return (x) => rosenbrock(x.map((xi, i) => stretch * (xi - 0.75 * shift[i]!) + 1))
  },
  (parts) => (x) => rosenbrock(halfTurned(parts)(x)),
  ({ d, shift, first }) => {
    const r = first()
    return (x) => sum(times(r, minus(x, shift)).map((z, i) => 10 ** (6 * ratio(i, d)) * oscillated(z) ** 2))
  },
  ({ shift, first }) => {
    const r = first()
    return (x) => sum(times(r, minus(x, shift)).map((z, i) => (i === 0 ? 1e6 : 1) * oscillated(z) ** 2))
  },
  ({ d, seed, first }) => {
    const r = first()
    const shift = shiftOf(seed + 1_000_000, d)
    return (x) => sum(times(r, asymmetric(times(r, minus(x, shift)), 0.5)).map((z, i) => (i === 0 ? 1 : 1e6) * z * z))
  },
  (parts) => {
    const turn = doublyTurned(parts, 10)
    return (x) => {
      const z = turn(x)
      return z[0]! ** 2 + 100 * Math.sqrt(sum(z.slice(1).map((zi) => zi * zi)))
    }
  },
  ({ d, shift, first }) => {
    const r = first()
    return (x) => Math.sqrt(sum(times(r, minus(x, shift)).map((z, i) => Math.abs(z) ** (2 + 4 * ratio(i, d)))))
  },
  ({ d, shift, first, second }) => {
    const [r, q] = [first(), second()]
    return (x) => {
      const skewed = asymmetric(times(r, minus(x, shift)).map(oscillated), 0.2)
      return rastrigin(times(r, conditioned(times(q, skewed), 10, d)))
    }
  },
  weierstrass,
  (parts) => schaffer(parts, 10),
  (parts) => schaffer(parts, 1_000),
  (parts) => (x) => {
    const z = halfTurned(parts)(x)
    const terms = z.slice(1).map((next, i) => {
      const s = 100 * (z[i]! ** 2 - next) ** 2 + (z[i]! - 1) ** 2
      return s / 4_000 - Math.cos(s)
    })
    return 10 + (10 * sum(terms)) / (z.length - 1)
  },
  schwefel,
  (parts) => gallagher(parts, 101, Math.sqrt(1_000), 10),
  (parts) => gallagher(parts, 21, 1_000, 9.8),
  katsuura,
  lunacek,
]

function buche({ d, shift }: Parts): (x: Vector) => number {
  const own = shift.map((each, i) => (i % 2 === 0 ? Math.abs(each) : each))
  return (x) => {
    const z = minus(x, own).map((each, i) => {
      const y = oscillated(each)
      return (y > 0 && i % 2 === 0 ? 10 : 1) * 10 ** (0.5 * ratio(i, d)) * y
    })
    return rastrigin(z) + 100 * penalty(x)
  }
}

function linearSlope({ d, shift }: Parts): (x: Vector) => number {
  const corner = shift.map((each) => (each < 0 ? -5 : 5))
  return (x) => {
    const terms = x.map((xi, i) => {
      const slope = Math.sign(corner[i]!) * 10 ** ratio(i, d)
      const z = corner[i]! * xi < 25 ? xi : corner[i]!
      return 5 * Math.abs(slope) - slope * z
    })
    return sum(terms)
  }
}

function attractiveSector(parts: Parts): (x: Vector) => number {
  const turn = doublyTurned(parts, 10)
  return (x) => {
    const squares = turn(x).map((z, i) => ((z * parts.shift[i]! > 0 ? 100 : 1) * z) ** 2)
    return oscillated(sum(squares)) ** 0.9
  }
}

function stepEllipsoid({ d, shift, first, second }: Parts): (x: Vector) => number {
  const [r, q] = [second(), first()]
  return (x) => {
    const hat = conditioned(times(r, minus(x, shift)), 10, d)
    const steps = hat.map((z) => (Math.abs(z) > 0.5 ? Math.floor(0.5 + z) : Math.floor(0.5 + 10 * z) / 10))
    const ellipsoid = sum(times(q, steps).map((z, i) => 10 ** (2 * ratio(i, d)) * z * z))
    return 0.1 * Math.max(Math.abs(hat[0]!) / 1e4, ellipsoid) + penalty(x)
  }
}

function weierstrass({ d, shift, first, second }: Parts): (x: Vector) => number {
  const [r, q] = [first(), second()]
  const powers = Array.from({ length: 12 }, (_, k) => k)
  const lowest = sum(powers.map((k) => 0.5 ** k * Math.cos(Math.PI * 3 ** k)))
  return (x) => {
    const z = times(r, conditioned(times(q, times(r, minus(x, shift)).map(oscillated)), 1 / 100, d))
    const waves = z.map((zi) => sum(powers.map((k) => 0.5 ** k * Math.cos(2 * Math.PI * 3 ** k * (zi + 0.5)))))
    return 10 * (sum(waves) / d - lowest) ** 3 + (10 / d) * penalty(x)
  }
}

function schaffer({ d, shift, first, second }: Parts, condition: number): (x: Vector) => number {
  const [r, q] = [first(), second()]
  return (x) => {
    const z = conditioned(times(q, asymmetric(times(r, minus(x, shift)), 0.5)), condition, d)
    const terms = z.slice(1).map((next, i) => {
      const s = Math.hypot(z[i]!, next)
      return Math.sqrt(s) * (1 + Math.sin(50 * s ** 0.2) ** 2)
    })
    return (sum(terms) / (d - 1)) ** 2 + 10 * penalty(x)
  }
}

function schwefel({ d, seed }: Parts): (x: Vector) => number {
  const signs = uniforms(d, seed).map((u) => (u < 0.5 ? -1 : 1))
  const double = 4.2096874633
  return (x) => {
    const hat = x.map((xi, i) => 2 * signs[i]! * xi)
    const mixed = hat.map((xi, i) => (i === 0 ? xi : xi + 0.25 * (hat[i - 1]! - double)))
    const z = conditioned(
      mixed.map((each) => each - double),
      10,
      d,
    ).map((each) => 100 * (each + double))
    const waves = z.map((zi) => zi * Math.sin(Math.sqrt(Math.abs(zi))))
    return 4.189828872724339 - sum(waves) / (100 * d) + 100 * penalty(z.map((zi) => zi / 100))
  }
}

function gallagher({ d, seed, second }: Parts, peaks: number, condition: number, width: number): (x: Vector) => number {
  const r = second()
  const order = orderOf(uniforms(peaks - 1, seed))
  const conditions = [condition, ...order.map((place) => 1_000 ** (place / (peaks - 2)))]
  const heights = [10, ...order.map((_, i) => 1.1 + (8 * i) / (peaks - 2))]
  const scales = conditions.map((own, peak) => {
    return orderOf(uniforms(d, seed + 1_000 * peak)).map((place) => own ** (ratio(place, d) - 0.5))
  })
  const draws = uniforms(d * peaks, seed)
  const centers = conditions.map((_, peak) => {
    const center = draws.slice(peak * d, (peak + 1) * d).map((u) => (peak === 0 ? 0.8 : 1) * (width * u - width / 2))
    return times(r, center)
  })
  return (x) => {
    const turned = times(r, x)
    const bumps = centers.map((center, peak) => {
      const distance = sum(turned.map((t, i) => scales[peak]![i]! * (t - center[i]!) ** 2))
      return heights[peak]! * Math.exp((-0.5 / d) * distance)
    })
    return oscillated(10 - Math.max(...bumps)) ** 2 + penalty(x)
  }
}

function katsuura(parts: Parts): (x: Vector) => number {
  const { d } = parts
  const turn = doublyTurned(parts, 100)
  return (x) => {
    let product = 1
    for (const [i, z] of turn(x).entries()) {
      let roughness = 0
      for (let j = 1; j <= 32; j++) roughness += Math.abs(2 ** j * z - Math.floor(2 ** j * z + 0.5)) / 2 ** j
      product *= (1 + (i + 1) * roughness) ** (10 / d ** 1.2)
    }
    return (10 / d ** 2) * (product - 1) + penalty(x)
  }
}

function lunacek({ d, seed, first, second }: Parts): (x: Vector) => number {
  const near = 2.5
  const s = 1 - 1 / (2 * Math.sqrt(d + 20) - 8.2)
  const far = -Math.sqrt((near ** 2 - 1) / s)
  const signs = gaussians(d, seed).map((g) => (g < 0 ? -1 : 1))
  const [r, q] = [second(), first()]
  return (x) => {
    const hat = x.map((xi, i) => 2 * signs[i]! * xi)
    const z = times(
      q,
      conditioned(
        times(
          r,
          hat.map((xi) => xi - near),
        ),
        100,
        d,
      ),
    )
    const funnel = sum(hat.map((xi) => (xi - near) ** 2))
    const trap = d + s * sum(hat.map((xi) => (xi - far) ** 2))
    return Math.min(funnel, trap) + 10 * (d - sum(z.map((zi) => Math.cos(2 * Math.PI * zi)))) + 1e4 * penalty(x)
  }
}

/** Q Λ R (x − shift). */
function doublyTurned({ d, shift, first, second }: Parts, condition: number): (x: Vector) => Vector {
  const [r, q] = [second(), first()]
  return (x) => times(q, conditioned(times(r, minus(x, shift)), condition, d))
}

/** R x, stretched, plus a half. */
function halfTurned({ d, second }: Parts): (x: Vector) => Vector {
  const r = second()
  const stretch = Math.max(1, Math.sqrt(d) / 8)
  return (x) => times(r, x).map((z) => stretch * z + 0.5)
}

function rosenbrock(z: Vector): number {
  return sum(z.slice(1).map((next, i) => 100 * (z[i]! ** 2 - next) ** 2 + (z[i]! - 1) ** 2))
}

function rastrigin(z: Vector): number {
  return 10 * (z.length - sum(z.map((zi) => Math.cos(2 * Math.PI * zi)))) + sum(z.map((zi) => zi * zi))
}

function oscillated(x: number): number {
  if (x === 0) return 0
  const t = Math.log(Math.abs(x)) / 0.1
  const wave = x > 0 ? Math.sin(t) + Math.sin(0.79 * t) : Math.sin(0.55 * t) + Math.sin(0.31 * t)
  return Math.sign(x) * Math.exp(t + 0.49 * wave) ** 0.1
}

function asymmetric(x: Vector, beta: number): Vector {
  return x.map((xi, i) => (xi > 0 ? xi ** (1 + beta * ratio(i, x.length) * Math.sqrt(xi)) : xi))
}

function conditioned(x: Vector, condition: number, d: number): Vector {
  return x.map((xi, i) => condition ** (0.5 * ratio(i, d)) * xi)
}

function penalty(x: Vector): number {
  return sum(x.map((xi) => Math.max(0, Math.abs(xi) - 5) ** 2))
}

function ratio(i: number, d: number): number {
  return i / (d - 1)
}

function sum(values: Vector): number {
  return values.reduce((total, value) => total + value, 0)
}

function minus(a: Vector, b: Vector): Vector {
  return a.map((ai, i) => ai - b[i]!)
}

function times(matrix: Matrix, x: Vector): Vector {
  return matrix.map((row) => sum(row.map((entry, i) => entry * x[i]!)))
}

/** Entry i is the index of the i-th smallest value. */
function orderOf(values: Vector): number[] {
  return values.map((_, i) => i).toSorted((a, b) => values[a]! - values[b]!)
}

function shiftOf(seed: number, d: number): Vector {
  return uniforms(d, seed).map((u) => {
    const shift = (8 * Math.floor(1e4 * u)) / 1e4 - 4
    return shift === 0 ? -1e-5 : shift
  })
}

function optimumOf(seed: number): number {
  const [a] = gaussians(1, seed)
  const [b] = gaussians(1, seed + 1)
  return Math.min(1_000, Math.max(-1_000, Math.round((100 * 100 * a!) / b!) / 100))
}

/** Gram-Schmidt on the columns of a matrix of normal numbers. */
function rotationOf(seed: number, d: number): Matrix {
  const draws = gaussians(d * d, seed)
  const columns = Array.from({ length: d }, (_, j) => draws.slice(j * d, (j + 1) * d))
  for (const [i, column] of columns.entries()) {
    for (const before of columns.slice(0, i)) {
      const product = sum(column.map((each, k) => each * before[k]!))
      for (let k = 0; k < d; k++) column[k] = column[k]! - product * before[k]!
    }
    const length = Math.hypot(...column)
    for (let k = 0; k < d; k++) column[k] = column[k]! / length
  }
  return Array.from({ length: d }, (_, i) => columns.map((column) => column[i]!))
}

function gaussians(count: number, seed: number): number[] {
  const u = uniforms(2 * count, seed)
  return Array.from({ length: count }, (_, i) => {
    return Math.sqrt(-2 * Math.log(u[i]!)) * Math.cos(2 * Math.PI * u[count + i]!) || 1e-99
  })
}

/** Park and Miller's generator with a shuffle of 32. */
function uniforms(count: number, seed: number): number[] {
  let state = Math.max(1, Math.abs(seed))
  const advance = (): void => {
    const high = Math.floor(state / 127_773)
    state = 16_807 * (state - high * 127_773) - 2_836 * high
    if (state < 0) state += 2_147_483_647
  }
  const shuffle = new Array<number>(32)
  for (let i = 39; i >= 0; i--) {
    advance()
    if (i < 32) shuffle[i] = state
  }
  let drawn = shuffle[0]!
  return Array.from({ length: count }, () => {
    advance()
    const place = Math.floor(drawn / 67_108_865)
    drawn = shuffle[place]!
    shuffle[place] = state
    return drawn / 2_147_483_647 || 1e-99
  })
}
