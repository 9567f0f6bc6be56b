/** The name most like `name`, undefined where none is near: at most a third of its letters differ. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((known) => ({ known, distance: distance(name.toLowerCase(), known.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)[0]
  const allowed = Math.max(1, Math.floor(name.length / 3))
  return ranked !== undefined && ranked.distance <= allowed ? ranked.known : undefined
}

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
function distance(a: string, b: string): number {
  let older: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? older[j - 2]! + 1 : Infinity
      row.push(Math.min(replaced, swapped, previous[j]! + 1, row[j - 1]! + 1))
    }
    older = previous
    previous = row
  }
  return previous[b.length]!
}
