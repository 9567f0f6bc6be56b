import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { failureOfExit, toldFailure } from '../../src/executor/process/failure.ts'
import { MemoryKills } from '../../src/executor/process/memory-kills.ts'
import type { Failure } from '../../src/trial/event.ts'

const options = { skip: process.platform === 'win32' && 'there is no sh on Windows' }

/** Why a shell's script failed. */
async function failure(script: string, starved = false): Promise<Failure> {
  const folder = mkdtempSync(join(tmpdir(), 'failure-'))
  try {
    const file = join(folder, 'output.log')
    const written = 'an earlier attempt: MemoryError\n'
    writeFileSync(file, written)
    const descriptor = openSync(file, 'a')
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', descriptor, descriptor] })
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return failureOfExit({ code, signal }, { output: { file, from: written.length }, starved: () => starved })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('an exit code is told with the last fifty lines', options, async () => {
  const { kind, message, stack } = await failure('for i in $(seq 80); do echo line $i; done; echo oh no >&2; exit 3')
  assert.deepEqual([kind, message], ['error', 'the process exited with code 3: oh no'])
  assert.match(stack, /^line 32\n/)
  assert.match(stack, /\nline 80\noh no$/)
})

test('the message repeats the last line that speaks of an error, else the last', options, async () => {
  const node = await failure(`printf 'Error: no such table\\n    at train.js:3\\n\\nNode.js v24.1.0\\n'; exit 1`)
  assert.equal(node.message, 'the process exited with code 1: Error: no such table')
  const missing = await failure('echo started; cat no-such-file')
  assert.match(missing.message, /^the process exited with code 1: cat: .*no-such-file/)
  assert.equal((await failure('exit 4')).message, 'the process exited with code 4')
})

test('a signal is told by its name', options, async () => {
  assert.deepEqual(await failure('kill -SEGV $$'), {
    kind: 'killed',
    message: 'the process was killed by SIGSEGV',
    stack: '',
  })
})

test('SIGKILL is a lack of memory where the kernel counted one, else it may be', options, async () => {
  for (const script of ['echo step 1; kill -KILL $$', 'echo step 1; sh -c "kill -KILL \\$\\$"; exit $?']) {
    const somebody = await failure(script)
    assert.equal(somebody.kind, 'killed')
    assert.match(somebody.message, /(SIGKILL|code 137): perhaps the machine ran out of memory, or somebody killed it/)
    const kernel = await failure(script, true)
    assert.equal(kernel.kind, 'memory')
    assert.match(kernel.message, /(SIGKILL|code 137): there was no memory left/)
    assert.match(kernel.stack, /^step 1/)
  }
})

for (const line of [
  'MemoryError',
  'numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.11 PiB for an array',
  'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.',
  "terminate called after throwing an instance of 'std::bad_alloc'",
  'java.lang.OutOfMemoryError: Java heap space',
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  'Error: cannot allocate vector of size 8.0 Gb',
  'memory allocation of 8589934592 bytes failed',
]) {
  test(`a lack of memory that is written is one: ${line}`, options, async () => {
    const { kind, stack } = await failure(`cat <<'END'\n${line}\nEND\nexit 1`)
    assert.equal(kind, 'memory')
    assert.equal(stack, line)
    assert.equal(toldFailure({ message: line, stack: '' }).kind, 'memory')
    assert.equal(toldFailure({ message: 'failed', stack: `Traceback\n${line}\n` }).kind, 'memory')
  })
}

test('other failures are not: memory is in their words', options, async () => {
  assert.equal((await failure('echo "KeyError: memory"; exit 1')).kind, 'error')
  assert.equal(toldFailure({ message: 'ValueError: x' }).kind, 'error')
  assert.equal(toldFailure({ kind: 'timeout', message: 'out of memory' }).kind, 'timeout')
})

test('what was written before there was a trial is told where the trial wrote nothing', () => {
  const exit = { code: 1, signal: null, wrote: 'ImportError: no such module' }
  const ending = { output: undefined, starved: () => false }
  assert.deepEqual(failureOfExit(exit, ending), {
    kind: 'error',
    message: 'the process exited with code 1: ImportError: no such module',
    stack: 'ImportError: no such module',
  })
})

/** The kernel's files, as they look with control groups of the first and the second kind and without any. */
const kernels: readonly [what: string, groups: string, counter: string, text: (kills: number) => string][] = [
  [
    'control groups',
    '0::/user.slice/run.scope\n',
    'cgroup/user.slice/run.scope/memory.events',
    (kills) => `low 0\nhigh 0\nmax 7\noom 9\noom_kill ${kills}\noom_group_kill 0\n`,
  ],
  [
    'a control group whose parent alone counts',
    '0::/user.slice/run.scope\n',
    'cgroup/user.slice/memory.events',
    (kills) => `max 7\noom_kill ${kills}\n`,
  ],
  [
    'control groups of the first kind',
    '9:name=systemd:/\n4:cpu,memory:/box\n0::/\n',
    'cgroup/memory/box/memory.oom_control',
    (kills) => `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}\n`,
  ],
  ['no control group', '0::/\n', 'proc/vmstat', (kills) => `pgfault 5\noom_kill ${kills}\nnuma_hit 3\n`],
]

for (const [what, groups, counter, text] of kernels) {
  test(`each process that the kernel killed accounts for one trial: ${what}`, () => {
    const root = mkdtempSync(join(tmpdir(), 'kills-'))
    const write = (file: string, content: string): void => {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), content)
    }
    try {
      write('proc/vmstat', 'pgfault 5\noom_kill 100\n')
      write('proc/self/cgroup', groups)
      write(counter, text(2))
      const kills = new MemoryKills({ proc: join(root, 'proc'), cgroup: join(root, 'cgroup') })
      assert.equal(kills.take(), false)
      write(counter, text(4))
      assert.deepEqual([kills.take(), kills.take(), kills.take()], [true, true, false])
    } finally {
      rmSync(root, { recursive: true })
    }
  })
}

test('where nothing is counted nothing is found, and here nothing was', () => {
  const nowhere = join(tmpdir(), 'nowhere')
  assert.equal(new MemoryKills({ proc: nowhere, cgroup: nowhere }).take(), false)
  assert.equal(new MemoryKills().take(), false)
})
