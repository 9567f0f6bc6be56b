/**
 * Figures as SVG text: panels of lines with bands, or of dots, one look for all. Colours follow the reader's light or dark scheme.
 */
export interface Figure {
  readonly title: string
  /** What is shown; one entry a line. */
  readonly notes: readonly string[]
  readonly panels: readonly Panel[]
  readonly columns: number
  /** Pixels, as are the others. */
  readonly width: number
  readonly panelHeight: number
}

export interface Panel {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** Room for the labels of the y axis, in pixels. Default: 46. */
  readonly left?: number
}

/** Values outside are drawn at its ends; `from` may be above `to`. */
export interface Axis {
  readonly label?: string
  readonly scale: 'linear' | 'log'
  readonly from: number
  readonly to: number
  readonly ticks: readonly (readonly [value: number, text: string])[]
}

export interface Series {
  readonly method: Method
  readonly points: readonly Place[]
  /** Lower and upper ends by x. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[]
  /** Dots alone, without a line. Default: false. */
  readonly dots?: boolean
  /** Whether a value holds until the next one. Default: false. */
  readonly steps?: boolean
}

export type Place = readonly [x: number, y: number]

/** What a series shows: an entry of the legend. */
export interface Method {
  readonly name: string
  readonly color: string
  /** Drawn strongly, and above the others. Default: false. */
  readonly strong?: boolean
  /** As in SVG. Default: none. */
  readonly dash?: string
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const margin = 16
/** Lines of so few points have them marked. */
const marked = 12
const lineHeight = 17
const leftDefault = 46
const gap = { x: 20, above: 26, below: 40 }

const style = `
  svg { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif }
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d8dee4 } .frame { stroke: #8c959f; fill: none }
  .title { font-size: 17px; font-weight: 600 } .panel { font-size: 13px; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #e6edf3 } .soft { fill: #9198a1 } .grid { stroke: #2b323b } .frame { stroke: #6e7681 }
  }
`

/** The text of an SVG file. */
export function svgOf(figure: Figure): string {
  const { title, notes, panels, columns, width, panelHeight } = figure
  const methods = methodsOf(panels)
  const legend = legendOf(methods, margin + 28 + notes.length * lineHeight, width)
  const top = legend.bottom
  const lefts = Array.from({ length: columns }, (_, column) => {
    return Math.max(...panels.filter((_panel, i) => i % columns === column).map(({ left = leftDefault }) => left))
  })
  const allLefts = lefts.reduce((sum, left) => sum + left, 0)
  const panelWidth = (width - 2.5 * margin - (columns - 1) * gap.x - allLefts) / columns
  const rows = Math.ceil(panels.length / columns)
  const height = top + rows * (gap.above + panelHeight + gap.below) + margin / 2
  const drawn = panels.map((panel, i) => {
    const before = lefts.slice(0, (i % columns) + 1).reduce((sum, left) => sum + left, 0)
    const x = margin + before + (i % columns) * (panelWidth + gap.x)
    const y = top + Math.floor(i / columns) * (gap.above + panelHeight + gap.below) + gap.above
    return panelOf(panel, { x, y, width: panelWidth, height: panelHeight }, i)
  })
  const lines = notes.map((note, i) => text(note, margin, margin + 32 + i * lineHeight, 'soft'))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${px(height)}" width="${width}" height="${px(height)}" role="img">`,
    `<title>${escaped(title)}</title><style>${style}</style>`,
    `<rect class="paper" width="100%" height="100%"/>`,
    text(title, margin, margin + 12, 'ink title'),
    ...lines,
    legend.text,
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

function methodsOf(panels: readonly Panel[]): Method[] {
  return [...new Set(panels.flatMap(({ series }) => series.map(({ method }) => method)))]
}

/** Entries from left to right, and on as many lines as they need. */
function legendOf(methods: readonly Method[], from: number, width: number): { text: string; bottom: number } {
  let x = margin
  let y = from + 8
  const parts = methods.map((method) => {
    const needed = 46 + (method.strong === true ? 7.7 : 6.9) * method.name.length
    if (x + needed > width - margin) {
      x = margin
      y += lineHeight + 2
    }
    const line = `<path d="M${px(x)} ${y - 4}h22" ${strokeOf(method)}/>`
    const entry = line + text(method.name, x + 28, y, method.strong === true ? 'ink panel' : 'ink')
    x += needed
    return entry
  })
  return { text: parts.join('\n'), bottom: y + 6 }
}

function panelOf({ title, x, y, series }: Panel, box: Box, number: number): string {
  const [atX, atY] = [placer(x, box.x, box.width), placer(y, box.y + box.height, -box.height)]
  const inside = `clip${number}`
  const ordered = series.toSorted((a, b) => Number(a.method.strong === true) - Number(b.method.strong === true))
  return [
    text(title, box.x, box.y - 8, 'ink panel'),
    ...x.ticks.map(([value, label]) => {
      const place = px(atX(value))
      const line = `<path class="grid" d="M${place} ${px(box.y)}v${px(box.height)}"/>`
      return line + text(label, atX(value), box.y + box.height + 16, 'soft', 'middle')
    }),
    ...y.ticks.map(([value, label]) => {
      const line = `<path class="grid" d="M${px(box.x)} ${px(atY(value))}h${px(box.width)}"/>`
      return line + text(label, box.x - 6, atY(value) + 4, 'soft', 'end')
    }),
    x.label === undefined ? '' : text(x.label, box.x + box.width / 2, box.y + box.height + 32, 'soft', 'middle'),
    `<clipPath id="${inside}"><rect x="${px(box.x - 5)}" y="${px(box.y - 2)}" width="${px(box.width + 10)}" height="${px(box.height + 4)}"/></clipPath>`,
    `<g clip-path="url(#${inside})">`,
    ...ordered.map((each) => bandOf(each, atX, atY)),
    ...ordered.map((each) => (each.dots === true ? dotsOf(each, atX, atY) : lineOf(each, atX, atY))),
    '</g>',
    `<rect class="frame" x="${px(box.x)}" y="${px(box.y)}" width="${px(box.width)}" height="${px(box.height)}"/>`,
  ].join('\n')
}

type Placer = (value: number) => number

function placer({ scale, from, to }: Axis, start: number, length: number): Placer {
  const [low, high] = scale === 'log' ? [Math.log(from), Math.log(to)] : [from, to]
  return (value) => {
    const inside = Math.min(Math.max(from, to), Math.max(Math.min(from, to), value))
    return start + (((scale === 'log' ? Math.log(inside) : inside) - low) / (high - low)) * length
  }
}

/** Without the inner points of level stretches. */
function corners<T extends readonly number[]>(points: readonly T[]): T[] {
  const isLevel = (a: T | undefined, b: T): boolean =>
    a !== undefined && b.every((value, i) => i === 0 || value === a[i])
  return points.filter((point, i) => !isLevel(points[i - 1], point) || !isLevel(points[i + 1], point))
}

function bandOf({ band, method }: Series, atX: Placer, atY: Placer): string {
  if (band === undefined) return ''
  const ends = corners(band)
  const upper = ends.map(([x, , high]) => `${px(atX(x))} ${px(atY(high))}`)
  const lower = ends.toReversed().map(([x, low]) => `${px(atX(x))} ${px(atY(low))}`)
  const opacity = method.strong === true ? 0.22 : 0.09
  return `<path d="M${[...upper, ...lower].join('L')}Z" fill="${method.color}" opacity="${opacity}"/>`
}

function lineOf({ points, method, steps = false }: Series, atX: Placer, atY: Placer): string {
  const path = corners(points).map(([x, y], i) => {
    const [right, down] = [px(atX(x)), px(atY(y))]
    return i === 0 ? `M${right} ${down}` : steps ? `H${right}V${down}` : `L${right} ${down}`
  })
  const line = `<path d="${path.join('')}" ${strokeOf(method)}/>`
  return steps || points.length > marked ? line : line + dotsOf({ points, method }, atX, atY)
}

function dotsOf({ points, method }: Series, atX: Placer, atY: Placer): string {
  const radius = method.strong === true ? 4 : 3
  return points
    .map(([x, y]) => `<circle cx="${px(atX(x))}" cy="${px(atY(y))}" r="${radius}" fill="${method.color}"/>`)
    .join('')
}

function strokeOf({ color, strong, dash }: Method): string {
  const dashes = dash === undefined ? '' : ` stroke-dasharray="${dash}"`
  return `fill="none" stroke="${color}" stroke-width="${strong === true ? 2.6 : 1.5}" stroke-linejoin="round"${dashes}`
}

function text(what: string, x: number, y: number, names: string, anchor: 'start' | 'middle' | 'end' = 'start'): string {
  return `<text class="${names}" x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${escaped(what)}</text>`
}

function escaped(what: string): string {
  return what.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** Ticks at the powers of ten of a logarithmic axis. */
export function decades(from: number, to: number): [number, string][] {
  const ticks: [number, string][] = []
  for (let power = Math.ceil(Math.log10(from) - 1e-9); power <= Math.log10(to) + 1e-9; power++) {
    ticks.push([10 ** power, power >= 5 || power <= -5 ? `1e${power}` : String(Number((10 ** power).toPrecision(1)))])
  }
  return ticks
}
