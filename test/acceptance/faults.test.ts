// What goes wrong around an experiment, end to end: the faults that docs/store.md promises to tell apart.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { inFolder, runExperiment, runTrialist, startExperiment, until } from './run.ts'

test('two processes on one experiment: the second is told who has it, and changes nothing', async () => {
  await inFolder(async (root) => {
    const first = startExperiment(root, { trials: 40, waits: 2 })
    await until(() => first.said().includes('Resume with'), first.said)
    const second = runExperiment(root, { resume: true })
    assert.equal(second.status, 2, second.notes)
    assert.match(second.output, new RegExp(`^experiment_locked: .*${first.child.pid}`))
    writeFileSync(join(root, 'go'), '')
    assert.equal(await first.end, 0, first.said())
    assert.match(first.said(), /done 40 finished/)
    assert.equal(runTrialist('verify', 'small', '--root', root).status, 0)
  })
})

test('a killed engine leaves no lease: the experiment is resumed at once', async () => {
  await inFolder(async (root) => {
    const first = startExperiment(root, { trials: 30, slowMs: 40, waits: 10 })
    await until(() => first.said().includes('Resume with') && committedTrials(root) > 4, first.said)
    first.child.kill('SIGKILL')
    assert.equal(await first.end, 'SIGKILL')
    const second = runExperiment(root, { resume: true, trials: 30 })
    assert.match(second.output, /done 30 finished/, second.notes)
    assert.equal(runTrialist('verify', 'small', '--root', root).status, 0)
  })
})

test('interrupted once it stops its trials, prints how to go on, and can be resumed', async () => {
  await inFolder(async (root) => {
    const first = startExperiment(root, { trials: 30, slowMs: 40, waits: 10 })
    await until(() => first.said().includes('Resume with') && committedTrials(root) > 4, first.said)
    first.child.kill('SIGINT')
    assert.equal(await first.end, 130, first.said())
    assert.match(
      first.said(),
      /SIGINT: stopping small[\s\S]*Resume with: TRIALIST_RESUME=small node[\s\S]*done \d+ interrupted/,
    )
    const second = runExperiment(root, { resume: true, trials: 30, slowMs: 5 })
    assert.match(second.output, /done 30 finished/, second.notes)
    assert.equal(runTrialist('verify', 'small', '--root', root).status, 0)
  })
})

test('a full disk: nothing is acknowledged, one message, and it goes on when there is space', async () => {
  await inFolder(async (root) => {
    const options = { trials: 400, payload: 200, slowMs: 1 }
    const limited = startExperiment(root, options, 'ulimit -S -f 700; exec "$@"')
    await until(() => limited.said().includes('no space'), limited.said)
    const before = committedTrials(root)
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    assert.equal(committedTrials(root), before, 'trials were recorded without space')
    assert.equal(limited.said().match(/no space/g)!.length, 1, limited.said())
    execFileSync('prlimit', ['--pid', String(limited.child.pid), '--fsize=unlimited'])
    assert.equal(await limited.end, 0, limited.said())
    assert.match(limited.said(), /done 400 finished/)
    const verified = runTrialist('verify', 'small', '--root', root)
    assert.equal(verified.status, 0, verified.output)
  })
})

test('a read-only folder', async () => {
  await inFolder((root) => {
    const folder = join(root, 'fixed')
    mkdirSync(folder)
    chmodSync(folder, 0o555)
    chmodSync(root, 0o755)
    // The super-user may write anywhere, so the experiment runs as nobody.
    const prefix =
      process.getuid!() === 0 ? 'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' : 'exec "$@"'
    const { status, output, notes } = runExperiment(folder, {}, prefix)
    assert.equal(status, 2, notes)
    assert.match(output, /^read_only: /)
  })
})

test('a damaged log: it says so, and the file stays as it is', async () => {
  await inFolder((root) => {
    assert.equal(runExperiment(root, { trials: 50 }).status, 0)
    const file = join(root, 'small', 'log.db')
    const bytes = readFileSync(file)
    bytes.fill(0x5a, 4096, 4096 + 6000)
    writeFileSync(file, bytes)
    const { status, output } = runExperiment(root, { resume: true, trials: 60 })
    assert.equal(status, 2)
    assert.match(output, /^corrupt_store: .*log\.db/)
    assert.equal(statSync(file).size, bytes.length)
    assert.deepEqual(readFileSync(file), bytes)
  })
})

test('another program’s database', async () => {
  await inFolder((root) => {
    mkdirSync(join(root, 'small'))
    const database = new DatabaseSync(join(root, 'small', 'log.db'))
    database.exec('CREATE TABLE recipes (name TEXT)')
    database.close()
    for (const resume of [true, false]) {
      const { status, output } = runExperiment(root, { resume })
      assert.equal(status, 2)
      assert.match(output, /^foreign_store: .*log\.db/)
    }
  })
})

test('an unfinished experiment of another space: it names what differs', async () => {
  await inFolder(async (root) => {
    const first = startExperiment(root, { trials: 30, waits: 2 })
    await until(() => first.said().includes('Resume with'), first.said)
    first.child.kill('SIGKILL')
    await first.end
    const other = runExperiment(root, { resume: true, other: true })
    assert.equal(other.status, 2)
    assert.match(other.output, /^fingerprint: .*space/)
    const taken = runExperiment(root, { other: true })
    assert.match(taken.output, /^name_taken: .*resume/)
    const missing = runTrialist('verify', 'smell', '--root', root)
    assert.equal(missing.status, 2)
    assert.match(missing.notes, /^trialist: .*small/)
    assert.doesNotMatch(missing.notes, /\n\s+at /)
  })
})

function committedTrials(root: string): number {
  const database = new DatabaseSync(join(root, 'small', 'log.db'), { readOnly: true })
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM trials').get()!['n'])
  } finally {
    database.close()
  }
}
