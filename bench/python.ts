// What tuning Python code costs, beside Ray Tune and Optuna in the same run where the environment `ray` can be made.
// `npm run bench:python -- --json` prints as its last line one JSON object; without `--json` a table. Each figure is measured
// in a process of its own, three times; the median counts. Peers are measured once, for a minute is what they take.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { EnvironmentFailure, environment } from '../scripts/environment.ts'

interface Measured {
  /** Milliseconds, units a second, or microseconds a unit. */
  readonly value: number
  readonly cpuUs?: number
  readonly workerCpuUs?: number
}

interface Measurement {
  readonly what: string
  readonly field: string
  readonly target: string
  readonly peers: readonly ('ray' | 'optuna')[]
  /** What the peers measure, where they call it otherwise. */
  readonly peerWhat?: string
}

const measurements: readonly Measurement[] = [
  { what: 'rayScript', field: 'rayScriptMs', target: '≤ 1,500', peers: ['ray'] },
  { what: 'rayApiTrials', field: 'rayApiTrialsPerSec', target: '≥ 200', peers: ['ray'], peerWhat: 'trials' },
  {
    what: 'rayApiReusedTrials',
    field: 'rayApiReusedTrialsPerSec',
    target: '≥ 2,000',
    peers: ['ray'],
    peerWhat: 'reusedTrials',
  },
  { what: 'rayApiReports', field: 'rayApiReportsPerSec', target: '≥ 5,000', peers: ['ray'], peerWhat: 'reports' },
  { what: 'trials', field: 'trialsPerSec', target: '≥ 300', peers: ['ray'] },
  { what: 'torchTrials', field: 'torchTrialsPerSec', target: '≥ 100', peers: [] },
  { what: 'reusedTrials', field: 'reusedTrialsPerSec', target: '≥ 4,000', peers: ['ray', 'optuna'] },
  { what: 'torchTrialStart', field: 'torchTrialStartMs', target: '≤ 30', peers: [] },
  { what: 'reports', field: 'reportsPerSec', target: '≥ 10,000', peers: ['ray', 'optuna'] },
  { what: 'engineCpuUsPerReport', field: 'engineCpuUsPerReport', target: '≤ 40', peers: [] },
]
const peerNames = { ray: 'Ray', optuna: 'Optuna' } as const

const json = process.argv.includes('--json')
const interpreter = await environment('torch')
const peers = await environment('ray').catch((error: unknown) => {
  if (!(error instanceof EnvironmentFailure)) throw error
  console.error(`no peers: ${error.message}`)
  return null
})
const figures: Record<string, number | string | null> = {}
for (const measurement of measurements) note(measurement)
figures['node'] = process.version
if (json) console.log(JSON.stringify(figures))

function note({ what, field, target, peers: compared, peerWhat = what }: Measurement): void {
  const script = fileURLToPath(new URL('python/measure.ts', import.meta.url))
  const runs = [1, 2, 3].map(() => measure(process.execPath, script, what))
  const take = (of: (run: Measured) => number | undefined): number | null => median(runs.map(of))
  figures[field] = take(({ value }) => value)
  const cpu = { CpuUs: take(({ cpuUs }) => cpuUs), WorkerCpuUs: take(({ workerCpuUs }) => workerCpuUs) }
  for (const [ending, value] of Object.entries(cpu)) if (value !== null) figures[`${field}${ending}`] = value
  for (const peer of compared) figures[`${field}${peerNames[peer]}`] = peerFigure(peer, peerWhat)
  if (json) return
  const beside = Object.entries(figures).filter(([name]) => name !== field && name.startsWith(field))
  const details = beside.map(([name, value]) => `${name.slice(field.length)} ${value ?? 'not measured'}`)
  console.log(`${field}: ${figures[field]} (${[`target ${target}`, ...details].join(', ')})`)
}

function peerFigure(peer: 'ray' | 'optuna', what: string): number | null {
  if (peers === null) return null
  return median([measure(peers, fileURLToPath(new URL(`python/${peer}_peer.py`, import.meta.url)), what).value])
}

/** Runs one measurement; its last line of output is the figure as JSON. */
function measure(program: string, script: string, what: string): Measured {
  const cwd = mkdtempSync(join(tmpdir(), 'trialist-bench-'))
  try {
    const output = execFileSync(program, [script, what], {
      cwd,
      env: { ...process.env, TRIALIST_PYTHON: interpreter, RAY_USAGE_STATS_ENABLED: '0' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 120_000,
    })
    return JSON.parse(output.trim().split('\n').at(-1)!) as Measured
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

/** To three significant digits; null where there is none. */
function median(values: readonly (number | undefined)[]): number | null {
  const sorted = values.filter((value) => value !== undefined).toSorted((a, b) => a - b)
  return sorted.length === 0 ? null : Number(sorted[Math.floor(sorted.length / 2)]!.toPrecision(3))
}
