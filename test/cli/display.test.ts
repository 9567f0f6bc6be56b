// What the live display shows of a command's trials in a real pseudo-terminal, and how it is drawn.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'

import { inFolder, run } from '../faults/cli.ts'
import { binary, inTerminal } from './terminal.ts'

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
const ours = [process.execPath, binary, ...words]

/** The lines of each drawing that counts trials, without colours. */
function drawn(written: string): string[] {
  return stripVTControlCharacters(written)
    .split(/\r?\n/)
    .filter((line) => /of 6 trials/.test(line))
}

test('the state, the best and the time left, drawn in place, and a sum at the end', async () => {
  await inFolder({}, (folder) => {
    const { status, written, screen } = inTerminal(folder, 120, ours)
    assert.equal(status, 0, written)
    const bare = stripVTControlCharacters(written)
    assert.match(
      bare,
      /shown {2}[1-5] of 6 trials: 1 running, [1-5] completed, 0 stopped, 0 failed \| .* \| \d+ s, about \d+ s left/,
    )
    assert.match(bare, /best {2}loss \S+ \(trial \d\) {2}x=/)
    // Each drawing but the first begins where the one before did, which has one line until there is a best, then two.
    const ups = [...written.matchAll(/\[(\d+)A/g)].map(([, rows]) => Number(rows))
    assert.ok(ups.length >= drawn(written).length - 1 && ups.length >= 6, written)
    assert.deepEqual([...new Set(ups)], [1, 2])
    // And nothing of the one before is left beside shorter lines.
    assert.equal([...written.matchAll(/\[0J/g)].length, ups.length)
    const shown = screen.join('\n')
    assert.doesNotMatch(shown, /of 6 trials|running|^best {2}/m)
    assert.equal(shown.match(/^Running shown/gm)?.length, 1, shown)
    assert.match(shown, /^shown: finished after .*: 6 completed.*\nbest: trial \d, loss \S+ {2}x=/m)
  })
})

test('on a narrow terminal lines are cut', async () => {
  await inFolder({}, (folder) => {
    const { written, screen } = inTerminal(folder, 40, ours)
    const lines = drawn(written)
    assert.ok(lines.length >= 6, written)
    assert.ok(
      lines.every((line) => line.length < 40),
      lines.join('\n'),
    )
    assert.ok(
      lines.some((line) => line.endsWith('…')),
      lines.join('\n'),
    )
    assert.doesNotMatch(screen.join('\n'), /of 6 trials|running|^best {2}/m)
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
