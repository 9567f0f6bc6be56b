// Writes the tasks for the peers' driver (peers.py): a JSON header and one file of little-endian float64 for each.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { compileSpace } from '../../src/space/compile.ts'
import type { Task } from './tasks.ts'

/** Layout of the numbers: lengths, losses, seconds, and whether the aim is reached (0, 1), each [seed][candidate][step]. */
export function exportTasks(tasks: readonly Task[], folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const task of tasks) {
    const { name, steps, seeds, horizon, candidates } = task
    const space = compileSpace(task.space, { candidates })
    const cells = seeds * candidates.length
    const lengths = new Float64Array(cells)
    const [losses, seconds, reached] = Array.from({ length: 3 }, () => new Float64Array(cells * steps).fill(NaN)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    for (let seed = 0; seed < seeds; seed++) {
      for (let row = 0; row < candidates.length; row++) {
        const cell = seed * candidates.length + row
        const curve = task.curve(seed, row)
        lengths[cell] = curve.losses.length
        losses.set(curve.losses, cell * steps)
        seconds.set(curve.seconds, cell * steps)
        for (let step = 0; step < curve.losses.length; step++) {
          reached[cell * steps + step] = task.reached(seed, row, curve.losses[step]!) ? 1 : 0
        }
      }
    }
    const dimensions = space.dimensions.map(({ name: parameter, kind, levels }) => ({
      name: parameter,
      kind,
      levels: kind === 'unordered' ? levels : 0,
    }))
    const points = space.candidates!.map((point) =>
      Array.from(point, (u, i) => {
        const { kind, levels } = space.dimensions[i]!
        if (Number.isNaN(u)) return kind === 'unordered' ? 0 : 0.5
        return kind === 'unordered' ? Math.min(levels - 1, Math.floor(u * levels)) : u
      }),
    )
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ name, steps, seeds, horizon, dimensions, points }))
    writeFileSync(
      join(folder, `${name}.f64`),
      Buffer.concat([lengths, losses, seconds, reached].map((array) => Buffer.from(array.buffer))),
    )
  }
}
