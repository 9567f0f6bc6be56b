/** Lines over two axes, drawn as SVG text: for files, pages and documents alike. */
export interface LinePlot {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly PlottedLine[]
}

export interface Axis {
  readonly label: string
  /** Default: false. Values that are not above 0 then lie on the axis's lower end. */
  readonly log?: boolean
}

export interface PlottedLine {
  readonly label: string
  /** Pairs of x and y; those that are not finite are left out. */
  readonly points: readonly (readonly [number, number])[]
  /** Whether a value holds until the next one. Default: false. */
  readonly steps?: boolean
}

const width = 720
const height = 420
const margin = { left: 64, right: 16, top: 36, bottom: 48 }
/** Okabe and Ito's palette, which readers with any colour vision tell apart. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#999999']

/** The drawing, as an SVG document of 720 × 420 pixels. */
export function linePlot({ title, x, y, lines }: LinePlot): string {
  const all = lines.flatMap(({ points }) => points.filter((point) => point.every(Number.isFinite)))
  const across = scaleOf(
    x,
    all.map(([value]) => value),
    margin.left,
    width - margin.right,
  )
  const up = scaleOf(
    y,
    all.map(([, value]) => value),
    height - margin.bottom,
    margin.top,
  )
  const parts = [
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin.left}" y="22" font-size="15" font-weight="600">${escaped(title)}</text>`,
    ...across.ticks.map((tick) => tickAt(across.at(tick), height - margin.bottom, tick, false)),
    ...up.ticks.map((tick) => tickAt(up.at(tick), margin.left, tick, true)),
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - 10}" text-anchor="middle">${escaped(x.label)}</text>`,
    `<text transform="translate(16 ${(margin.top + height - margin.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    ...lines.map((line, i) => pathOf(line, across, up, colours[i % colours.length]!)),
    ...legend(lines),
  ]
  const style = 'font-family="system-ui, sans-serif" font-size="12" fill="#222"'
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${style} role="img">\n<title>${escaped(title)}</title>\n${parts.join('\n')}\n</svg>\n`
}

interface Scale {
  readonly ticks: readonly number[]
  at(value: number): number
}

function scaleOf({ log = false }: Axis, values: readonly number[], from: number, to: number): Scale {
  const shown = log ? values.filter((value) => value > 0) : values
  let low = shown.reduce((a, b) => Math.min(a, b), Infinity)
  let high = shown.reduce((a, b) => Math.max(a, b), -Infinity)
  if (!(low < high)) [low, high] = Number.isFinite(low) ? [low * 0.9, low * 1.1 + 1e-9] : [log ? 0.1 : 0, 1]
  const warp = (value: number): number => (log ? Math.log10(Math.max(value, low)) : value)
  const [least, most] = [warp(low), warp(high)]
  return {
    ticks: log ? decades(low, high) : round(low, high),
    at: (value) => from + ((warp(value) - least) / (most - least)) * (to - from),
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

function tickAt(position: number, edge: number, value: number, isVertical: boolean): string {
  const p = position.toFixed(1)
  const text = escaped(String(Number(value.toPrecision(3))))
  const line = `stroke="#ddd"/>`
  if (isVertical) {
    return `<line x1="${edge}" x2="${width - margin.right}" y1="${p}" y2="${p}" ${line}<text x="${edge - 6}" y="${p}" dy="4" text-anchor="end">${text}</text>`
  }
  return `<line x1="${p}" x2="${p}" y1="${margin.top}" y2="${edge}" ${line}<text x="${p}" y="${edge + 16}" text-anchor="middle">${text}</text>`
}

function pathOf({ points, steps = false }: PlottedLine, across: Scale, up: Scale, colour: string): string {
  let path = ''
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue
    const [px, py] = [across.at(x).toFixed(1), up.at(y).toFixed(1)]
    path += path === '' ? `M${px} ${py}` : steps ? `H${px}V${py}` : `L${px} ${py}`
  }
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`
}

function legend(lines: readonly PlottedLine[]): string[] {
  return lines.map(({ label }, i) => {
    const y = margin.top + 14 + 17 * i
    const x = width - margin.right - 170
    return `<line x1="${x}" x2="${x + 22}" y1="${y}" y2="${y}" stroke="${colours[i % colours.length]}" stroke-width="2"/><text x="${x + 28}" y="${y + 4}">${escaped(label)}</text>`
  })
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
