import { readFileSync } from 'node:fs'
import { cpus, hostname, totalmem } from 'node:os'

import type { LogValue } from '../space/encoded.ts'
import { gitFacts } from './git.ts'
import { maskCommand, maskVariable } from './mask.ts'

/**
 * What a session runs on, for people: versions, platform, machine, git commit, command line with its secrets masked. No
 * environment variables. `gitDirty` is true where a tracked file is missing or of another size than git last saw, else
 * null: without running git it can't be told that nothing has changed.
 */
export function sessionFacts(): Record<string, LogValue> {
  const processors = cpus()
  const { commit, dirty } = gitFacts(process.cwd())
  return {
    trialist: ownVersion(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model ?? null,
    cpus: processors.length,
    memoryBytes: totalmem(),
    host: hostname(),
    pid: process.pid,
    directory: process.cwd(),
    command: maskCommand(process.argv),
    argv: argvToRepeat(),
    execArgv: process.execArgv.length === 0 || hasSecret(process.execArgv) ? null : JSON.stringify(process.execArgv),
    gitCommit: commit,
    gitDirty: dirty,
  }
}

/**
 * Script and arguments, as a JSON list, from which `trialist resume` goes on; null where they, or the options of Node.js
 * before them, which are `execArgv`, seem to hold a secret. A resumed session was started as the one that it resumes.
 */
function argvToRepeat(): string | null {
  const repeated = process.env['TRIALIST_ARGV']
  if (repeated !== undefined) return repeated
  const words = process.argv.slice(1)
  return hasSecret(words) || hasSecret(process.execArgv) ? null : JSON.stringify(words)
}

function hasSecret(words: readonly string[]): boolean {
  return maskCommand(words) !== words.join(' ')
}

/** The environment variables that a user wants recorded, null where not set. */
export function environment(names: readonly string[]): Record<string, LogValue> {
  return Object.fromEntries(names.map((name) => [`env.${name}`, maskVariable(name, process.env[name])]))
}

/** Two folders up in the sources as in the built package. */
function ownVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
