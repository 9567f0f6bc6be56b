import { stripVTControlCharacters } from 'node:util'

/** Rows in columns, the header first; numbers to the right. */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))))
  const right = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^(-?\d[\d.e+-]*|-?Infinity|)$/.test(row[column] ?? '')),
  )
  return all
    .map((row) =>
      row
        .map((cell, column) => padded(cell, widths[column]!, right[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function padded(cell: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(width - widthOf(cell))
  return right ? blanks + cell : cell + blanks
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length
}

/** An instant, given in ISO 8601, as people here read a clock: `2026-11-23 21:05`. */
export function localTime(instant: string): string {
  const at = new Date(instant)
  const two = (part: number): string => String(part).padStart(2, '0')
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`
}
