// The live display, in a real pseudo-terminal.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { fileURLToPath } from 'node:url'

import { inFolder, run } from '../faults/cli.ts'

const binary = fileURLToPath(new URL('../../bin/trialist.cjs', import.meta.url))
/** Runs a program on a terminal of so many columns and prints all that was written to it. */
const terminal = `
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
os.waitpid(pid, 0)
`
const words = [
  'run',
  '--name',
  'shown',
  '--metric',
  'loss',
  '--seed',
  '1',
  '--trials',
  '6',
  '--concurrency',
  '1',
].concat(['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'sleep 0.3; echo loss=$1', 'sh', '{x}'])

function onTerminal(folder: string, columns: number): string {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const args = ['-c', terminal, String(columns), process.execPath, binary, ...words]
  return execFileSync('python3', args, {
    cwd: folder,
    env: { ...env, TERM: 'xterm' },
    encoding: 'utf8',
    timeout: 60_000,
  })
}

// oxlint-disable-next-line no-control-regex
const tokens = /\u001b\[(\d+)A|\u001b\[0?J|\u001b\[\d*G|\u001b\[[\d;]*m|([^\u001b\r\n]+)|\r|\n/g

/** What a terminal shows after all that was written: the block is drawn over itself. */
function screenOf(written: string): string[] {
  const lines: string[] = ['']
  let row = 0
  // Movements up, erasures below and returns are all that the display writes besides text and colours.
  for (const [token, up, text] of written.matchAll(tokens)) {
    if (up !== undefined) row -= Number(up)
    else if (token.endsWith('J')) lines.splice(row, Infinity, '')
    else if (token === '\n') lines[++row] ??= ''
    else if (text !== undefined) lines[row] += text
  }
  return lines
}

test('the state, the best and the time left, drawn in place, and a sum at the end', async () => {
  await inFolder({}, (folder) => {
    const written = onTerminal(folder, 120)
    const bare = stripVTControlCharacters(written)
    assert.match(
      bare,
      /shown {2}[1-5] of 6 trials: 1 running, [1-5] completed, 0 stopped, 0 failed \| .* \| \d+ s, about \d+ s left/,
    )
    assert.match(bare, /best {2}loss \S+ \(trial \d\) {2}x=/)
    const screen = screenOf(written)
    assert.equal(screen.filter((line) => /of 6 trials/.test(line)).length, 0, screen.join('\n'))
    assert.match(screen.join('\n'), /shown: finished after .*: 6 completed.*\nbest: trial \d, loss \S+ {2}x=/)
  })
})

test('on a narrow terminal lines are cut', async () => {
  await inFolder({}, (folder) => {
    const lines = stripVTControlCharacters(onTerminal(folder, 40)).split(/\r?\n/)
    const drawn = lines.filter((line) => /of 6 trials/.test(line))
    assert.ok(
      drawn.some((line) => line.endsWith('…')),
      drawn.join('\n'),
    )
    // The first drawing may come before the terminal has its width.
    assert.ok(
      drawn.slice(3).every((line) => line.replace(/^.*shown/, 'shown').length < 40),
      drawn.join('\n'),
    )
  })
})

test('where standard error is no terminal: plain lines', async () => {
  await inFolder({}, (folder) => {
    const { notes } = run(folder, words)
    assert.equal(stripVTControlCharacters(notes), notes)
    assert.match(notes, /^trial \d: loss \S+, the best so far {2}x=/m)
    assert.match(notes, /^shown: finished after .*6 completed/m)
  })
})
