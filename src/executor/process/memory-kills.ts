import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where the kernel's files are. */
interface Roots {
  readonly proc: string
  readonly cgroup: string
}

/**
 * Tells processes that the kernel killed for want of memory from those that somebody killed: it counts them. Where there
 * is no such count (other systems than Linux) none is ever found.
 */
export class MemoryKills {
  readonly #file: string | undefined
  #accounted: number

  constructor(roots: Roots = { proc: '/proc', cgroup: '/sys/fs/cgroup' }) {
    this.#file = counterFiles(roots).find((file) => countIn(file) !== undefined)
    this.#accounted = this.#count()
  }

  /** Whether the kernel killed one more than was accounted for; that one then is. */
  take(): boolean {
    if (this.#count() <= this.#accounted) return false
    this.#accounted += 1
    return true
  }

  #count(): number {
    return (this.#file === undefined ? undefined : countIn(this.#file)) ?? 0
  }
}

/** From the engine's own control group, in which its trials are too, outwards; at last the whole machine's. */
function counterFiles({ proc, cgroup }: Roots): string[] {
  const files: string[] = []
  for (const line of read(join(proc, 'self', 'cgroup')).split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    const second = line.startsWith('0::')
    if (!second && !controllers.split(',').includes('memory')) continue
    const [root, name] = second ? [cgroup, 'memory.events'] : [join(cgroup, 'memory'), 'memory.oom_control']
    for (let group = path; ; group = dirname(group)) {
      files.push(join(root, group, name))
      if (group === '/') break
    }
  }
  return [...files, join(proc, 'vmstat')]
}

function countIn(file: string): number | undefined {
  const found = /^oom_kill (\d+)$/m.exec(read(file))
  return found === null ? undefined : Number(found[1])
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
