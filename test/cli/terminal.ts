import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const binary: string = fileURLToPath(new URL('../../bin/trialist.cjs', import.meta.url))

/** Python's standard library has pseudo-terminals, Node.js has none. It prints the exit code behind what the terminal got. */
const script = `
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

export interface Shown {
  readonly status: number | null
  /** All that was written. */
  readonly written: string
  /** What remains to be seen at the end, with the lines that scrolled by. */
  readonly screen: readonly string[]
}

/** Runs a program in a terminal of so many columns. */
export function inTerminal(folder: string, columns: number, words: readonly string[]): Shown {
  const { NODE_TEST_CONTEXT: _context, TRIALIST_RESUME: _resume, npm_lifecycle_event: _script, ...env } = process.env
  const python = process.env['TRIALIST_PYTHON'] ?? 'python3'
  const options = { cwd: folder, env: { ...env, TERM: 'xterm-256color' }, encoding: 'utf8', timeout: 120_000 } as const
  const { status, stdout, stderr } = spawnSync(python, ['-c', script, String(columns), ...words], options)
  if (stderr !== '') throw new Error(stderr)
  return { status, written: stdout, screen: screenOf(stdout, columns) }
}

/** What a terminal makes of lines, of moving up, of going to a column and of clearing below. */
function screenOf(written: string, columns: number): string[] {
  const rows = ['']
  let row = 0
  let column = 0
  let wraps = true
  // oxlint-disable-next-line no-control-regex
  for (const [token, digits, command] of written.matchAll(/\x1b\[\??(\d*)([A-Za-z])|[\s\S]/gu)) {
    if (command === 'A') row = Math.max(0, row - Number(digits))
    else if (command === 'G') column = Number(digits) - 1
    else if (command === 'J') rows.splice(row, rows.length, (rows[row] ?? '').slice(0, column))
    else if (command === 'l' || command === 'h') wraps = command === 'h'
    else if (token === '\n') row += 1
    else if (token === '\r') column = 0
    else if (command === undefined) {
      if (column === columns && wraps) [row, column] = [row + 1, 0]
      const at = Math.min(column, columns - 1)
      rows[row] = (rows[row] ?? '').padEnd(at).slice(0, at) + token + (rows[row] ?? '').slice(at + 1)
      column = at + 1
    }
    rows[row] ??= ''
  }
  return rows.map((text) => text.trimEnd())
}
