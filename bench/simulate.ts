// What the engine takes on virtual time. `npm run bench:simulate -- --json` prints one JSON object as its last line. Each figure is
// measured in a process of its own; rates are those of the best of several runs, with the CPU time of each report beside them.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { finish } from './results.ts'

const { values: given } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    /** Trials of the large experiment: fewer for a quick look. */
    trials: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
  },
})

interface Decisions {
  readonly decisionsPerSec: number
  readonly cpuUs: number
  readonly loopDelayMsMax: number
}

interface Million {
  readonly bytesPeak: number
  readonly seconds: number
  readonly lastToFirstTenth: number
  readonly lastToFirstTenthCpu: number
  readonly eventUs: number
}

const even = runs('decisions')
const spread = runs('spread')
const million = measure<Million>('million', given.trials)
const figures = {
  decisionsPerSec: round(even.decisionsPerSec),
  decisionCpuUs: round(even.cpuUs),
  loopDelayMsMax: round(even.loopDelayMsMax),
  decisionsPerSecSpread: round(spread.decisionsPerSec),
  decisionCpuUsSpread: round(spread.cpuUs),
  loopDelayMsMaxSpread: round(spread.loopDelayMsMax),
  trials: Number(given.trials),
  bytesPeak: million.bytesPeak,
  lastToFirstTenth: round(million.lastToFirstTenth),
  lastToFirstTenthCpu: round(million.lastToFirstTenthCpu),
  eventCpuUs: round(million.eventUs),
  seconds: round(million.seconds),
}
finish('simulate', figures, {}, { json: given.json, save: given.save })

/** The run that was disturbed least. */
function runs(what: 'decisions' | 'spread'): Decisions {
  const all = Array.from({ length: Number(given.runs) }, () => measure<Decisions>(what, '300000'))
  return all.reduce((best, each) => (each.cpuUs < best.cpuUs ? each : best))
}

function measure<T>(what: string, size: string): T {
  const file = fileURLToPath(new URL('simulate/measure.ts', import.meta.url))
  const output = execFileSync(process.execPath, [file, what, size], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(output.trim().split('\n').at(-1)!) as T
}

/** Three significant digits. */
function round(value: number): number {
  return Number(value.toPrecision(3))
}
