import { execFileSync } from 'node:child_process'

/** The Python processes that serve engines, forks included, of a process and of those below it. */
export function engineProcesses(root: number): number[] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const processes = listed
    .trim()
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)!)
    .map(([, pid, parent, args]) => ({ pid: Number(pid), parent: Number(parent), args: args! }))
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]))
  const isBelow = (pid: number): boolean => {
    for (let each = parents.get(pid); each !== undefined && each > 1; each = parents.get(each)) {
      if (each === root) return true
    }
    return false
  }
  return processes
    .filter(({ pid, args }) => args.includes('-m trialist._engines') && isBelow(pid))
    .map(({ pid }) => pid)
}

/** Sends a signal to them; those that are gone already do not count. Answers how many there were. */
export function signalEngines(root: number, signal: NodeJS.Signals): number {
  const pids = engineProcesses(root)
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  return pids.length
}
