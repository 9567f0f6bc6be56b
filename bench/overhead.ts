// What the engine costs, beside Optuna in the same run where Python has it. `npm run bench:overhead -- --json` prints as
// its last line one JSON object; without `--json` a table. Each figure is measured in a process of its own, several times,
// alternating with its peer; the median counts.
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

interface Measured {
  /** The figure: milliseconds, units a second, or bytes. */
  readonly value: number
  /** CPU time a unit in microseconds, where the figure is a rate. */
  readonly cpuUs?: number
}

const ours = ['helloWorld', 'inline', 'durable', 'durablePower', 'resume', 'bytes', 'tpeAsk'] as const
const peers = ['helloWorld', 'inline', 'durable', 'tpeAsk'] as const
const runs: Record<(typeof ours)[number], number> = {
  helloWorld: 9,
  inline: 5,
  durable: 5,
  durablePower: 3,
  resume: 3,
  bytes: 1,
  tpeAsk: 3,
}
const targets: Record<string, string> = {
  helloWorldMs: '≤ 200',
  inlineTrialsPerSec: '≥ 200,000',
  durableTrialsPerSec: '≥ 30,000',
  resumeMs: '≤ 3,000',
  bytesPerTrial: '≤ 400',
  tpeAskMs: '≤ 0.6',
}

const json = process.argv.includes('--json')
const optuna = optunaVersion()
if (!json) console.log(`peer: ${optuna === undefined ? 'none (python3 has no optuna)' : `Optuna ${optuna}`}`)

const figures: Record<string, number | string> = {}
for (const what of ours) {
  const mine: Measured[] = []
  const theirs: Measured[] = []
  const compared = optuna !== undefined && (peers as readonly string[]).includes(what)
  for (let run = 0; run < runs[what]; run++) {
    mine.push(measure(process.execPath, 'overhead/measure.ts', what))
    if (compared && run < 3) theirs.push(measure('python3', 'overhead/optuna_peer.py', what))
  }
  note(what, mine, theirs)
}
figures['node'] = process.version
if (optuna !== undefined) figures['optuna'] = optuna
console.log(json ? JSON.stringify(figures) : '')

function note(what: (typeof ours)[number], mine: readonly Measured[], theirs: readonly Measured[]): void {
  const name = fieldOf(what)
  figures[name] = round(median(mine.map(({ value }) => value)))
  if (mine[0]?.cpuUs !== undefined) figures[`${name}CpuUs`] = round(median(mine.map(({ cpuUs }) => cpuUs!)))
  if (theirs.length > 0) {
    figures[`${name}Optuna`] = round(median(theirs.map(({ value }) => value)))
    if (theirs[0]?.cpuUs !== undefined) figures[`${name}OptunaCpuUs`] = round(median(theirs.map(({ cpuUs }) => cpuUs!)))
  }
  if (json) return
  const cpu = figures[`${name}CpuUs`] === undefined ? '' : `, ${figures[`${name}CpuUs`]} µs CPU a trial`
  const peer = theirs.length === 0 ? '' : `, Optuna ${figures[`${name}Optuna`]}`
  console.log(`${name}: ${figures[name]} (target ${targets[name] ?? 'none'}${cpu}${peer})`)
}

function fieldOf(what: (typeof ours)[number]): string {
  switch (what) {
    case 'inline':
    case 'durable':
      return `${what}TrialsPerSec`
    case 'durablePower':
      return 'durableTrialsPerSecPower'
    case 'bytes':
      return 'bytesPerTrial'
    default:
      return `${what}Ms`
  }
}

/** Runs one measurement; its last line of output is the figure as JSON. */
function measure(program: string, script: string, what: string): Measured {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const flags = what === 'bytes' ? ['--expose-gc'] : []
  const output = execFileSync(program, [...flags, file, what], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(output.trim().split('\n').at(-1)!) as Measured
}

function optunaVersion(): string | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', 'import optuna; print(optuna.__version__)'], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : undefined
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

/** Three significant digits. */
function round(value: number): number {
  return Number(value.toPrecision(3))
}
