// What goes wrong with trials, end to end through the command line.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { inFolder, linesOf, pause, processesWith, resultOf, run, start, until } from './cli.ts'

const base = ['run', '--name', 'e', '--metric', 'loss', '--json', '--concurrency', '2', '--seed', '1']
const x = ['--param', 'x=uniform(0, 1)']

test('a trial that exits non-zero fails with its message and output, is tried again, and the others go on', async () => {
  const script = `
import sys, os
from trialist import get_context
trial = get_context().trial
for i in range(80): print("line", i)
print("loss=%s" % sys.argv[1])
if trial == 1: sys.exit(3)
`
  await inFolder({ 'train.py': script }, (folder) => {
    const { status, output, notes } = run(folder, [
      ...base,
      ...x,
      '--trials',
      '4',
      '--max-failures',
      '2',
      '--',
      'python3',
      'train.py',
      '{x}',
    ])
    assert.equal(status, 0, notes)
    const { trials } = resultOf(output)
    assert.deepEqual(
      trials.map(({ state, attempts }) => [state, attempts]),
      [
        ['completed', 1],
        ['failed', 3],
        ['completed', 1],
        ['completed', 1],
      ],
    )
    const { error } = trials[1]!
    assert.equal(error!.kind, 'error')
    assert.match(error!.message, /code 3/)
    const lines = error!.stack.trimEnd().split('\n')
    assert.equal(lines.length, 50)
    assert.match(lines.at(-1)!, /^loss=/)
  })
})

test('a Python function that throws: kind, message and stack', async () => {
  const script = `
def train(config):
    if config["x"] < 2: raise ValueError("no such x")
`
  await inFolder({ 'train.py': script, 'e.json': experiment({ python: 'train.py:train' }, 2) }, (folder) => {
    const { output } = run(folder, ['run', 'e.json', '--json'])
    const { error, state } = resultOf(output).trials[0]!
    assert.equal(state, 'failed')
    assert.match(error!.message, /ValueError: no such x/)
    assert.match(error!.stack, /train\.py.*line 3/s)
  })
})

test('a killed trial says so', async () => {
  await inFolder({ 'train.sh': 'echo loss=1; [ "$1" = 0 ] && kill -KILL $$; exit 0\n' }, (folder) => {
    const { output } = run(folder, [...base, '--param', 'k=grid(0, 1)', '--trials', '2', '--', 'sh', 'train.sh', '{k}'])
    const { trials } = resultOf(output)
    const killed = trials.find(({ state }) => state === 'failed')!
    assert.ok(['killed', 'memory'].includes(killed.error!.kind), killed.error!.kind)
    assert.match(killed.error!.message, /SIGKILL/)
    assert.equal(trials.filter(({ state }) => state === 'completed').length, 1)
  })
})

test('a trial that runs out of memory is told from other failures', async () => {
  const script = `
import resource
def train(config):
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    return len(bytearray(1 << 33))
`
  await inFolder({ 'train.py': script, 'e.json': experiment({ python: 'train.py:train' }, 1) }, (folder) => {
    const { output } = run(folder, ['run', 'e.json', '--json'])
    assert.equal(resultOf(output).trials[0]!.error!.kind, 'memory')
  })
})

test('the same failure three times from the start stops the experiment and says so', async () => {
  await inFolder({}, (folder) => {
    const args = [
      ...base,
      ...x,
      '--trials',
      '50',
      '--concurrency',
      '1',
      '--',
      'sh',
      '-c',
      'echo no module; exit 7',
      '{x}',
    ]
    const { status, output, notes } = run(folder, args)
    assert.equal(status, 1, notes)
    const { trials, halted } = resultOf(output)
    assert.equal(trials.length, 3)
    assert.equal(halted, 'failures')
    assert.match(notes, /first 3 trials all failed/)
  })
})

test('metrics that are not finite are kept and shown, and rank last', async () => {
  await inFolder({}, (folder) => {
    const line = 'echo loss=$1'
    const args = [
      ...base,
      '--param',
      'v=grid(nan, inf, 3, "-1e3")',
      '--trials',
      '4',
      '--',
      'sh',
      '-c',
      line,
      'sh',
      '{v}',
    ]
    const { status, output, notes } = run(folder, args)
    assert.equal(status, 0, notes)
    const { trials, best } = resultOf(output)
    assert.deepEqual(new Set(trials.map(({ score }) => String(score))), new Set(['NaN', 'Infinity', '3', '-1000']))
    assert.equal(trials[best!]!.score, -1000)
  })
})

test('a command that never prints the metric fails, and the message lists what it printed', async () => {
  await inFolder({}, (folder) => {
    const { output } = run(folder, [...base, ...x, '--trials', '1', '--', 'sh', '-c', 'echo los=0.25 acc: 0.5', '{x}'])
    const { error } = resultOf(output).trials[0]!
    assert.equal(error!.kind, 'no_metric')
    assert.match(error!.message, /"loss"/)
    assert.match(error!.message, /los=0\.25/)
  })
})

test('a trial that hangs is killed at its time-out, with all that it started, and counts as a failure', async () => {
  const word = `hang-${process.pid}`
  await inFolder({}, async (folder) => {
    const hang = `trap '' TERM; sh -c 'sleep 60; echo ${word}' & echo loss=1; sleep 60; echo ${word}`
    const args = [...base, ...x, '--trials', '2', '--timeout', '1', '--grace', '0.5', '--', 'sh', '-c', hang, '{x}']
    const { output, notes } = run(folder, args)
    const { trials } = resultOf(output)
    assert.deepEqual(
      trials.map(({ error }) => error!.kind),
      ['timeout', 'timeout'],
      notes,
    )
    assert.match(trials[0]!.error!.message, /1 s/)
    // Those that were killed take a moment to be gone.
    await until(
      () => processesWith(word).length === 0,
      () => `${processesWith(word).join(' ')} are gone`,
    )
  })
})

test('a trial without a sign of life is killed at its heartbeat', async () => {
  const script = `
import time
from trialist import report
def train(config):
    for i in range(7):
        report(loss=i)
        time.sleep(0.5)
    if config["x"] < 2: time.sleep(60)
`
  const options = { heartbeat: 3, terminationGrace: 0.5 }
  await inFolder({ 'train.py': script, 'e.json': experiment({ python: 'train.py:train' }, 1, options) }, (folder) => {
    const { output } = run(folder, ['run', 'e.json', '--json'])
    const [trial] = resultOf(output).trials
    assert.equal(trial!.error!.kind, 'timeout')
    assert.equal(trial!.step, 7)
  })
})

test('engine and trials suspended for longer than the heartbeat: nothing is overdue', async () => {
  const script = `
import time
from trialist import report
def train(config):
    for i in range(12):
        report(loss=i)
        time.sleep(0.2)
`
  const options = { heartbeat: 3, timeout: 60 }
  const file = `suspended-${process.pid}.py`
  await inFolder({ [file]: script, 'e.json': experiment({ python: `${file}:train` }, 1, options) }, async (folder) => {
    const engine = start(folder, ['run', 'e.json', '--json'])
    await until(() => engine.output().split('"report"').length > 3, engine.notes)
    const all = [engine.child.pid!, ...processesWith(file)]
    assert.ok(all.length > 1, 'there is no process of the trial')
    for (const pid of all) process.kill(pid, 'SIGSTOP')
    await pause(5_000)
    for (const pid of all) process.kill(pid, 'SIGCONT')
    assert.equal(await engine.end, 0, engine.notes())
    assert.deepEqual(
      resultOf(engine.output()).trials.map(({ state, attempts }) => [state, attempts]),
      [['completed', 1]],
    )
  })
})

test('a trial whose worker is lost starts again without costing a retry', async () => {
  // The parent of the forked workers dies, as with its machine.
  const script = `
import os, signal, time
from trialist import report, get_context
def train(config):
    report(loss=1)
    if get_context().attempt == 1 and get_context().trial == 1:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    return 1.0
`
  await inFolder({ 'train.py': script, 'e.json': experiment({ python: 'train.py:train' }, 4) }, (folder) => {
    const { output, notes, status } = run(folder, ['run', 'e.json', '--json'])
    assert.equal(status, 0, notes)
    const { trials } = resultOf(output)
    assert.deepEqual(new Set(trials.map(({ state }) => state)), new Set(['completed']))
    assert.ok(trials[1]!.attempts >= 2)
  })
})

test('a checkpoint that was being written is never seen; the retry goes on from the newest complete one', async () => {
  const script = `
import glob, os, signal, json, threading, time
from trialist import report, get_checkpoint, get_context
def die_half_way():
    while not any(map(os.path.getsize, glob.glob(".trialist/e/checkpoints/.*/large"))): time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGKILL)
def train(config):
    first = 0
    checkpoint = get_checkpoint()
    if checkpoint:
        with checkpoint.as_directory() as folder:
            first = json.load(open(os.path.join(folder, "state.json")))["step"]
    for step in range(first + 1, 7):
        os.makedirs("state-%d" % os.getpid(), exist_ok=True)
        folder = os.path.abspath("state-%d" % os.getpid())
        json.dump({"step": step}, open(os.path.join(folder, "state.json"), "w"))
        if step == 4 and get_context().attempt == 1:
            # Large enough to be caught half-way.
            open(os.path.join(folder, "large"), "wb").write(bytes(1 << 28))
            threading.Thread(target=die_half_way).start()
        report(loss=1 / step, from_step=first, step=step, checkpoint=folder)
`
  const options = { maxFailures: 1 }
  await inFolder({ 'train.py': script, 'e.json': experiment({ python: 'train.py:train' }, 1, options) }, (folder) => {
    const { output, notes, status } = run(folder, ['run', 'e.json', '--json'])
    assert.equal(status, 0, notes)
    const [trial] = resultOf(output).trials
    assert.deepEqual([trial!.state, trial!.attempts, trial!.step], ['completed', 2, 6])
    const second = linesOf(output, 'report').filter(({ attempt }) => attempt === 2)
    assert.deepEqual(
      second.map(({ step }) => step),
      [4, 5, 6],
    )
    assert.ok(existsSync(join(folder, '.trialist', 'e', 'checkpoints')))
  })
})

test('the package of another version of the protocol is refused, naming both and the mend', async () => {
  const script = `
import json, os, socket
s = socket.socket(socket.AF_UNIX); s.connect(os.environ["TRIALIST_SOCKET"])
s.sendall((json.dumps({"type": "hello", "token": os.environ["TRIALIST_TOKEN"], "protocol": [7, 8], "sdk": "python 9.0.0"}) + "\\n").encode())
print(s.makefile().readline())
raise SystemExit(4)
`
  await inFolder({ 'train.py': script }, (folder) => {
    const { output } = run(folder, [...base, ...x, '--trials', '1', '--', 'python3', 'train.py', '{x}'])
    const { error } = resultOf(output).trials[0]!
    assert.match(
      error!.stack,
      /python 9\.0\.0 speaks version 7 to 8.*the engine version 1.*pip install --upgrade trialist/,
    )
  })
})

test('what a trial writes is in its own folder, and the current folder stays the user’s', async () => {
  await inFolder({ 'here.txt': 'here\n' }, (folder) => {
    const line = 'cat here.txt; echo loss=1; echo to stderr >&2; echo kept > "$TRIALIST_DIRECTORY/kept.txt"'
    const { status, notes } = run(folder, [...base, ...x, '--trials', '1', '--', 'sh', '-c', line, '{x}'])
    assert.equal(status, 0, notes)
    const own = join(folder, '.trialist', 'e', 'trials', '0')
    assert.match(readFileSync(join(own, 'output.log'), 'utf8'), /here[\s\S]*to stderr/)
    assert.equal(readFileSync(join(own, 'kept.txt'), 'utf8'), 'kept\n')
  })
})

function experiment(trainable: object, trials: number, options: object = {}): string {
  const space = { version: 1, parameters: { x: { type: 'uniform', low: 0, high: 1 } } }
  return JSON.stringify({ name: 'e', space, metric: 'loss', trials, concurrency: 2, seed: 1, trainable, ...options })
}
