// What people see in a real pseudo-terminal, also of what trials write to it themselves.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { inFolder, run } from '../faults/cli.ts'
import { binary, inTerminal } from './terminal.ts'

const escape = '\x1b'

/** Trials that take some drawings' time, and write to the terminal themselves. */
const talkative = `
import { Tuner, uniform } from 'trialist'
export default new Tuner({
  name: 'talk', space: { x: uniform(0, 1) }, metric: 'loss', trials: 3, seed: 1, concurrency: 1, maxFailures: 0,
  trainable: async ({ config, report }) => {
    console.log('told by a trial')
    for (let i = 0; i < 3; i++) {
      await new Promise((done) => setTimeout(done, 120))
      if (i === 1) process.stdout.write('half a li')
      if (i === 2) process.stdout.write('ne\\n')
      await report({ loss: config.x })
    }
  },
})`

for (const columns of [80, 40]) {
  test(`a terminal of ${columns} columns: what trials write stays, and nothing of the drawing is left`, async () => {
    await inFolder({ 'talk.ts': talkative }, (folder) => {
      const words = [process.execPath, binary, 'run', 'talk.ts']
      const { status, written, screen } = inTerminal(folder, columns, words)
      assert.equal(status, 0, written)
      assert.match(written, /\d of 3 trials/)
      assert.match(written, /1 running, \d completed, 0 stopped/)
      assert.match(written, /best {2}.*loss 0\.\d+/)
      assert.equal(screen.filter((line) => line === 'told by a trial').length, 3, screen.join('\n'))
      assert.equal(screen.filter((line) => line === 'half a line').length, 3, screen.join('\n'))
      assert.equal(screen.filter((line) => /running|of 3 trials|^best {2}/.test(line)).length, 0, screen.join('\n'))
      assert.match(screen.join(''), /talk: finished after .*3 completed.*best: trial \d, loss/)
    })
  })
}

test('a terminal of 80 columns has room for how long it still takes', async () => {
  await inFolder({ 'talk.ts': talkative.replace("name: 'talk'", "name: 'a-name-of-some-length'") }, (folder) => {
    const { written } = inTerminal(folder, 80, [process.execPath, binary, 'run', 'talk.ts'])
    assert.match(written, /about \d+ s left\r\n/)
  })
})

test('warnings stay above what is drawn', async () => {
  const failing = talkative.replace("console.log('told by a trial')", 'await report({ lost: 1 })')
  await inFolder({ 'talk.ts': failing }, (folder) => {
    const { screen } = inTerminal(folder, 200, [process.execPath, binary, 'run', 'talk.ts'])
    assert.equal(screen.filter((line) => /^Warning: .*"lost"/.test(line)).length, 1, screen.join('\n'))
  })
})

test('a terminal that can do nothing gets plain lines, and so does a pipe', async () => {
  await inFolder({ 'talk.ts': talkative }, (folder) => {
    const words = ['env', 'TERM=dumb', process.execPath, binary, 'run', 'talk.ts']
    const { written } = inTerminal(folder, 80, words)
    assert.ok(!written.includes(escape), written)
    assert.match(written, /^trial \d: loss \S+, the best so far/m)
    const { notes, output } = run(folder, ['resume', 'talk', '--trials', '5'])
    assert.ok(!(notes + output).includes(escape))
    assert.match(notes, /talk: finished after/)
    assert.match(output, /told by a trial/)
  })
})

test('fit() in a script draws in a terminal, and says only the start elsewhere', async () => {
  const script = `${talkative.replace('export default', 'const tuner =')}\nawait tuner.fit()\n`
  const index = new URL('../../dist/index.js', import.meta.url).href
  await inFolder({ 'fit.ts': script.replace("'trialist'", JSON.stringify(index)) }, (folder) => {
    const { written, screen } = inTerminal(folder, 80, [process.execPath, 'fit.ts'])
    assert.match(written, /1 running, 0 completed/)
    assert.match(screen.join('\n'), /talk: finished/)
  })
})

test('a resumed run counts what earlier sessions did, of the new total', async () => {
  await inFolder({ 'talk.ts': talkative }, (folder) => {
    assert.equal(run(folder, ['run', 'talk.ts']).status, 0)
    const words = [process.execPath, binary, 'resume', 'talk', '--trials', '5']
    const { written } = inTerminal(folder, 80, words)
    assert.match(written, /3 of 5 trials/)
  })
})
