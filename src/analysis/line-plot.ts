import { svgOf } from './figure.ts'
import type { Axis } from './figure.ts'

/** Lines over two axes that fit them. */
export interface LinePlot {
  readonly title: string
  readonly x: LabelledAxis
  readonly y: LabelledAxis
  readonly lines: readonly PlottedLine[]
}

interface LabelledAxis {
  readonly label: string
  /** Default: false. Values that are not above 0 then lie on the axis's lower end. */
  readonly log?: boolean
}

interface PlottedLine {
  readonly label: string
  /** Pairs of x and y; those that are not finite are left out. */
  readonly points: readonly (readonly [number, number])[]
  /** Whether a value holds until the next one. Default: false. */
  readonly steps?: boolean
}

/** Okabe and Ito's palette, which readers with any colour vision tell apart; their black is a grey that shows on black too. */
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f', '#999999']

/** The drawing, as an SVG document 720 pixels wide. */
export function linePlot({ title, x, y, lines }: LinePlot): string {
  const finite = lines.map((line) => ({ ...line, points: line.points.filter((point) => point.every(Number.isFinite)) }))
  const all = finite.flatMap(({ points }) => points)
  const [across, up] = [
    axisOf(
      x,
      all.map(([value]) => value),
    ),
    axisOf(
      y,
      all.map(([, value]) => value),
    ),
  ]
  const series = finite.map(({ label, points, steps = false }, i) => ({
    method: { name: label, color: colors[i % colors.length]! },
    points,
    steps,
  }))
  const panels = [{ title: y.label, x: across, y: up, series, left: 56 }]
  return svgOf({ title, notes: [], panels, columns: 1, width: 720, panelHeight: 300 })
}

/** From the least to the largest value that it can show. */
function axisOf({ label, log = false }: LabelledAxis, values: readonly number[]): Axis {
  const shown = log ? values.filter((value) => value > 0) : values
  let from = shown.reduce((a, b) => Math.min(a, b), Infinity)
  let to = shown.reduce((a, b) => Math.max(a, b), -Infinity)
  if (!(from < to)) [from, to] = Number.isFinite(from) ? [from * 0.9, from * 1.1 + 1e-9] : [log ? 0.1 : 0, 1]
  const ticks = log ? decades(from, to) : round(from, to)
  return {
    label,
    scale: log ? 'log' : 'linear',
    from,
    to,
    ticks: ticks.map((tick) => [tick, String(Number(tick.toPrecision(3)))]),
  }
}

/** Powers of ten within the bounds; with 2 and 5 between them where there are few. */
function decades(low: number, high: number): number[] {
  const ticks: number[] = []
  const few = Math.log10(high / low) < 2
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of few ? [1, 2, 5] : [1]) ticks.push(factor * 10 ** power)
  }
  return ticks.filter((tick) => tick >= low && tick <= high)
}

/** Five steps or so of 1, 2 or 5 times a power of ten. */
function round(low: number, high: number): number[] {
  const rough = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10)
  const ticks: number[] = []
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step)
  return ticks
}
