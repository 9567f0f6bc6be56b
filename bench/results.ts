// How a benchmark ends: its figures as the last line of output, and, with --save, as a file that bench/plots.ts draws.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { inspect } from 'node:util'

/** What a figure depends on besides the code. */
export interface Machine {
  readonly trialist: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  /** The day, as YYYY-MM-DD. */
  readonly date: string
}

export type Figures = Readonly<Record<string, unknown>>

const folder = new URL('results/', import.meta.url)

export interface Ending {
  /** One JSON object as the last line, and nothing after it. */
  readonly json: boolean
  /** Whether to write bench/results/NAME.json. */
  readonly save: boolean
}

/** `details` are what a plot needs besides the figures, such as curves: they are saved, and not printed. */
export function finish(name: string, figures: Figures, details: Figures, { json, save }: Ending): void {
  const whole = { ...figures, ...machine() }
  if (save) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify({ figures: whole, details })}\n`)
  }
  console.log(json ? JSON.stringify(whole) : inspect(whole, { depth: 6, breakLength: 140, maxArrayLength: 30 }))
}

/** What a benchmark saved last; undefined where it never did. */
export function saved<F, D>(name: string): { readonly figures: F & Machine; readonly details: D } | undefined {
  try {
    return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as { figures: F & Machine; details: D }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function machine(): Machine {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const all = cpus()
  return {
    trialist: version,
    node: process.version,
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    date: new Date().toISOString().slice(0, 10),
  }
}
