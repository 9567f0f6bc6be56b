import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, statSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import { messageOf } from '../base/errors.ts'
import { findPython } from '../executor/process/interpreter.ts'
import { detectMachine } from '../executor/resources.ts'
import { argumentsOf, defaultRoot, noNames } from './arguments.ts'

interface Finding {
  readonly what: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly text: string
}

/** `trialist doctor`: what this machine has, a line each; exit code 1 where something that is needed is missing. */
export function doctor(args: readonly string[]): number {
  const { values, positionals } = argumentsOf('doctor', args, {
    root: { type: 'string', default: defaultRoot },
    json: { type: 'boolean', default: false },
  })
  noNames('doctor', positionals)
  const findings = [node(), sqlite(), machine(), gpus(), ...python(), folder(String(values['root']))]
  if (values['json'] === true) process.stdout.write(`${JSON.stringify(findings)}\n`)
  else
    for (const { what, state, text } of findings)
      process.stdout.write(`${state.padEnd(4)}  ${what.padEnd(8)}  ${text}\n`)
  return findings.some(({ state }) => state === 'fail') ? 1 : 0
}

function node(): Finding {
  return { what: 'node', state: 'ok', text: `${process.version} on ${process.platform} ${process.arch}` }
}

function sqlite(): Finding {
  return { what: 'sqlite', state: 'ok', text: process.versions['sqlite'] ?? 'of an unknown version' }
}

function machine(): Finding {
  const { cpus, memory } = detectMachine({ gpus: false })
  return { what: 'machine', state: 'ok', text: `${cpus} CPUs, ${gigabytes(memory)} of memory for trials` }
}

function gpus(): Finding {
  const { gpus: found } = detectMachine({ gpus: true })
  return { what: 'gpus', state: 'ok', text: found.length === 0 ? 'none' : found.join(', ') }
}

/** Python is needed for Python trials alone: without it there is a warning. */
function python(): readonly Finding[] {
  let interpreter: string
  try {
    interpreter = findPython(undefined)
  } catch (thrown) {
    return [{ what: 'python', state: 'warn', text: messageOf(thrown) }]
  }
  const version = versionOf(interpreter)
  if (version === undefined) return [{ what: 'python', state: 'warn', text: `${interpreter} can't be run` }]
  const [major, minor] = version.split('.').map(Number)
  const old = major! < 3 || (major === 3 && minor! < 10)
  const found: Finding = {
    what: 'python',
    state: old ? 'warn' : 'ok',
    text: `${version} (${interpreter})${old ? ': 3.10 or newer is needed for Python trials' : ''}`,
  }
  const forks = process.platform === 'linux'
  const text = forks
    ? 'trials are forked from a process that imported the code once, unless the code starts threads or CUDA at import'
    : `each Python trial imports its code anew, as ${process.platform} does not fork safely`
  return [found, { what: 'fork', state: forks ? 'ok' : 'warn', text }]
}

function versionOf(interpreter: string): string | undefined {
  try {
    const said = execFileSync(interpreter, ['--version'], { encoding: 'utf8', timeout: 10_000 })
    return /(\d+\.\d+\.\d+)/.exec(said)?.[1]
  } catch {
    return undefined
  }
}

/** Types of `statfs` of file systems across a network, on which SQLite's locks can't be relied on. */
const networks: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB',
  0x65735546: 'FUSE',
  0x0bd00bd0: 'Lustre',
}
const lowBytes = 1e9

/** Where experiments are kept, or will be: the folder itself may not be there yet. */
function folder(root: string): Finding {
  const wanted = resolve(root)
  let here = wanted
  while (!existsSync(here) && dirname(here) !== here) here = dirname(here)
  const what = 'folder'
  if (!statSync(here).isDirectory())
    return { what, state: 'fail', text: `${here} is a file; experiments are kept in ${wanted}` }
  try {
    accessSync(here, constants.W_OK)
  } catch {
    return { what, state: 'fail', text: `${here} can't be written; experiments are kept in ${wanted}: see --root` }
  }
  const { type, bavail, bsize } = statfsSync(here)
  const free = bavail * bsize
  const network = networks[type >>> 0]
  const text = `${wanted}: ${gigabytes(free)} free`
  if (network !== undefined)
    return { what, state: 'warn', text: `${text}; it is on ${network}: use --root with a local disk` }
  return { what, state: free < lowBytes ? 'warn' : 'ok', text }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
