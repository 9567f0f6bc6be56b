import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/**
 * Reads `+LEADER` and `-LEADER` lines; when there are no more, as the engine is gone however it ended, kills the process
 * groups that are left and removes the engine's private folder.
 */
const script = `
trap '' INT TERM HUP QUIT
leaders=' '
while IFS= read -r line; do
  leader=\${line#?}
  case $line in
    +*) leaders="$leaders$leader " ;;
    -*) case $leaders in *" $leader "*) leaders="\${leaders%%" $leader "*} \${leaders#*" $leader "}" ;; esac ;;
  esac
done
for leader in $leaders; do
  kill -s KILL -- "-$leader"
done
rm -rf -- "$1"
`

/**
 * A small process beside the engine that sees to it that nothing survives the engine, even where that is killed. It is a
 * shell, which is there in a millisecond. Windows has none: there a killed engine's processes are left.
 */
export class Supervisor {
  readonly #child: ChildProcess | undefined

  /** @param folder removed at the end. */
  constructor(folder: string) {
    if (process.platform === 'win32') return
    this.#child = spawn('/bin/sh', ['-c', script, 'trialist-supervisor', folder], {
      detached: true,
      // Nothing but what finds rm: a shell's environment can make it run or trace something else.
      env: { PATH: [process.env['PATH'], '/usr/bin:/bin'].filter(Boolean).join(':') },
      // Not the user's folder, which may be on a disk that is to be unmounted.
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // Without it there is nothing to write to; the engine still kills what it started when it ends in order.
    this.#child.on('error', () => {})
    this.#child.stdin!.on('error', () => {})
    this.#child.unref()
  }

  /** Takes charge of a process group. The line is in the pipe on return, as a pipe is written at once while there is room. */
  add(leader: number): void {
    this.#child?.stdin!.write(`+${leader}\n`)
  }

  /** The group is gone. */
  remove(leader: number): void {
    this.#child?.stdin!.write(`-${leader}\n`)
  }

  /** Ends it; what it still has in its charge is killed. */
  async close(): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    const exit = once(child, 'exit')
    child.stdin!.end()
    await exit
  }
}
