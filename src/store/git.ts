import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export interface GitFacts {
  /** The commit that is checked out; null outside of a repository, or where it has none yet. */
  readonly commit: string | null
  /** True where a tracked file surely differs from what git last saw; null where that can't be told without running git. */
  readonly dirty: true | null
}

/** Larger indexes are not looked through: the start of an experiment must not wait for them. */
const trackedFilesMax = 5_000
/** Repositories with other hashes have indexes of another shape. */
const sha1Length = 40

/** About the repository around a folder, from its files, without running git. */
export function gitFacts(folder: string): GitFacts {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const git = gitFolder(at)
    if (git !== undefined) {
      const commit = commitOf(git)
      return { commit, dirty: commit?.length === sha1Length ? isDirty(git, at) : null }
    }
    if (dirname(at) === at) return { commit: null, dirty: null }
  }
}

/** In worktrees and submodules `.git` is a file that names the folder. */
function gitFolder(tree: string): string | undefined {
  const git = join(tree, '.git')
  const linked = readText(git)?.match(/^gitdir: (.+)$/)?.[1]
  const folder = linked === undefined ? git : resolve(tree, linked)
  return readText(join(folder, 'HEAD')) === undefined ? undefined : folder
}

function commitOf(git: string): string | null {
  const head = readText(join(git, 'HEAD'))!
  if (!head.startsWith('ref: ')) return head
  const ref = head.slice('ref: '.length)
  const shared = resolve(git, readText(join(git, 'commondir')) ?? '.')
  return readText(join(git, ref)) ?? readText(join(shared, ref)) ?? packed(shared, ref) ?? null
}

function packed(git: string, ref: string): string | undefined {
  const line = readText(join(git, 'packed-refs'))
    ?.split('\n')
    .find((text) => text.endsWith(` ${ref}`))
  return line?.split(' ')[0]
}

function isDirty(git: string, tree: string): true | null {
  try {
    const index = readFileSync(join(git, 'index'))
    for (const { path, size } of sizesIn(index)) if (differs(join(tree, path), size)) return true
  } catch {
    // No index, or one in a shape that is not known here: nothing can be told.
  }
  return null
}

/** Paths and sizes in git's index (gitformat-index(5), versions 2 and 3), where the size says something about the file. */
function* sizesIn(index: Buffer): Generator<{ path: string; size: number }> {
  const version = index.readUInt32BE(4)
  const count = index.readUInt32BE(8)
  if ((version !== 2 && version !== 3) || count > trackedFilesMax) return
  let at = 12
  for (let i = 0; i < count; i++) {
    const isExtended = (index.readUInt16BE(at + 60) & 0x4000) !== 0
    const isLeftOut = isExtended && (index.readUInt16BE(at + 62) & 0x4000) !== 0
    const isRegular = index.readUInt32BE(at + 24) >>> 12 === 0o10
    const size = index.readUInt32BE(at + 36)
    const start = at + (isExtended ? 64 : 62)
    const end = index.indexOf(0, start)
    // Git writes size 0 where it could not be sure that the file stayed as it was.
    if (isRegular && !isLeftOut && size > 0) yield { path: index.toString('utf8', start, end), size }
    at += (end - at + 8) & ~7
  }
}

/** The index keeps the low 32 bits. */
function differs(file: string, size: number): boolean {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined || stat.size % 2 ** 32 !== size
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
