// Draws docs/figures/*.svg, and writes the tables in docs, from what the benchmarks have saved in bench/results (`--save`). What was not
// saved stays as it is. A table stands between `<!-- measured: NAME -->` and `<!-- /measured -->`.
//   node bench/plots.ts
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

import { askFigures, bbobFigures, tableFigures } from './plots/others.ts'
import { qualityFigures } from './plots/quality.ts'
import { scheduleFigures } from './plots/schedule.ts'
import { schedulerFigures } from './plots/schedulers.ts'
import { texts } from './plots/texts.ts'

const docs = new URL('../docs/', import.meta.url)
const pages = ['benchmarks.md', 'search.md']

const figures = new URL('figures/', docs)
mkdirSync(figures, { recursive: true })
for (const [name, svg] of Object.entries({
  ...qualityFigures(),
  ...bbobFigures(),
  ...tableFigures(),
  ...askFigures(),
  ...scheduleFigures(),
  ...schedulerFigures(),
})) {
  writeFileSync(new URL(`${name}.svg`, figures), svg)
  console.log(`docs/figures/${name}.svg`)
}

const measured = texts()
for (const page of pages) {
  const file = new URL(page, docs)
  const text = readFileSync(file, 'utf8')
  const renewed = text.replaceAll(
    /(<!-- measured: (\w+) -->\n).*?(<!-- \/measured -->)/gs,
    (whole, begin, name, end) => {
      const table = measured[String(name)]
      return table === undefined ? whole : `${String(begin)}\n${table}\n\n${String(end)}`
    },
  )
  if (renewed !== text) writeFileSync(file, renewed)
  console.log(`docs/${page}${renewed === text ? ': as it was' : ''}`)
}
