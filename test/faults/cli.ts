import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const binary = fileURLToPath(new URL('../../bin/trialist.cjs', import.meta.url))
const {
  NODE_TEST_CONTEXT: _context,
  TRIALIST_RESUME: _resume,
  npm_lifecycle_event: _script,
  ...inherited
} = process.env

export interface Finished {
  readonly status: number | null
  readonly output: string
  readonly notes: string
}

export interface Started {
  readonly child: ChildProcess
  readonly output: () => string
  readonly notes: () => string
  /** The exit code, or the signal. */
  readonly end: Promise<number | string | null>
}

/** One trial of `trialist show NAME --json` or of a run's last line. */
export interface TrialLine {
  readonly number: number
  readonly state: string
  readonly score: number | string | null
  readonly step: number | null
  readonly attempts: number
  readonly error: { readonly kind: string; readonly message: string; readonly stack: string } | null
}

export interface ResultLine {
  readonly type: 'result'
  readonly name: string
  readonly end: 'finished' | 'interrupted'
  readonly halted: string | null
  readonly best: number | null
  readonly trials: readonly TrialLine[]
}

/** A folder to work in, with the files given; gone afterwards. */
export async function inFolder(
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void> | void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-faults-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Runs the command line to its end, in a folder. */
export function run(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Finished {
  const options = { cwd: folder, env: { ...inherited, ...env }, encoding: 'utf8', timeout: 120_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary, ...args], options)
  return { status, output: stdout, notes: stderr }
}

/** Starts the command line, perhaps under a shell command with `"$@"` for it. */
export function start(folder: string, args: readonly string[], prefix?: string, env: NodeJS.ProcessEnv = {}): Started {
  const words = [process.execPath, binary, ...args]
  const [program, ...rest] = prefix === undefined ? words : ['bash', '-c', prefix, 'bash', ...words]
  const child = spawn(program!, rest, { cwd: folder, env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let notes = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (notes += String(chunk)))
  const end = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string | null)
  return { child, output: () => output, notes: () => notes, end }
}

/** The last line of `--json`. */
export function resultOf(output: string): ResultLine {
  return JSON.parse(output.trimEnd().split('\n').at(-1)!) as ResultLine
}

/** All lines of `--json` of one type. */
export function linesOf(output: string, type: string): readonly Readonly<Record<string, unknown>>[] {
  const lines = output.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['type'] === type)
}

/** Waits until a condition holds; fails after a minute. */
export async function until(condition: () => boolean, what: () => string): Promise<void> {
  for (let i = 0; i < 2_400; i++) {
    if (condition()) return
    await pause(25)
  }
  throw new Error(`did not happen: ${what()}`)
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Processes whose command line holds a word that only this test uses. */
export function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => holds(`/proc/${pid}/cmdline`, word))
    .map(Number)
}

function holds(file: string, word: string): boolean {
  try {
    return readFileSync(file, 'utf8').includes(word)
  } catch {
    return false
  }
}
