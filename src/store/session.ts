import { readFileSync } from 'node:fs'
import { cpus, hostname, totalmem } from 'node:os'
import { dirname, join } from 'node:path'

import type { LogValue } from '../space/encoded.ts'

/** What may hold a secret on a command line: an option whose name says so, with its value. */
const secret = /(--?[\w-]*(?:token|secret|password|passwd|api-?key|credential)[\w-]*[= ])(\S+)/gi

/**
 * What a session ran on: versions, platform, machine, git commit, command line. Environment variables only where
 * `recordEnv` names them.
 */
export function sessionFacts(recordEnv: readonly string[] = []): Readonly<Record<string, LogValue>> {
  const facts: Record<string, LogValue> = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memoryBytes: totalmem(),
    host: hostname(),
    pid: process.pid,
    directory: process.cwd(),
    command: process.argv.join(' ').replaceAll(secret, '$1***'),
    commit: gitCommit(process.cwd()),
  }
  for (const name of recordEnv) facts[`env.${name}`] = process.env[name] ?? null
  return facts
}

/** The commit that is checked out in the repository around a folder, read from its files; null outside of one. */
function gitCommit(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    const head = readText(join(at, '.git', 'HEAD'))
    if (head !== undefined) return resolveHead(join(at, '.git'), head)
    if (dirname(at) === at) return null
  }
}

function resolveHead(git: string, head: string): string | null {
  if (!head.startsWith('ref: ')) return head
  const ref = head.slice('ref: '.length)
  const packed = (): string | undefined =>
    readText(join(git, 'packed-refs'))
      ?.split('\n')
      .find((line) => line.endsWith(` ${ref}`))
      ?.split(' ')[0]
  return readText(join(git, ref)) ?? packed() ?? null
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
