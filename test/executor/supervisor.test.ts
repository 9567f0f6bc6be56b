import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { Supervisor } from '../../src/executor/process/supervisor.ts'
import { isGone, linesFrom, until } from './processes.ts'

const options = { skip: process.platform === 'win32' && 'there is none on Windows', timeout: 120_000 }

/** What an engine does in these tests before it dies; says the processes that it started, each a group's leader. */
const prelude = `
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { Supervisor } from ${JSON.stringify(new URL('../../src/executor/process/supervisor.ts', import.meta.url).href)}
const supervisor = new Supervisor(process.argv[1])
const start = (...words) => {
  const { pid } = spawn(words[0], words.slice(1), { detached: true, stdio: 'ignore' })
  supervisor.add(pid)
  return pid
}
const die = (...pids) => {
  writeSync(1, pids.join('\\n'))
  process.kill(process.pid, 'SIGKILL')
}
`

/** Runs an engine until it is dead, and answers what it said and its private folder. */
async function engine(body: string): Promise<{ pids: number[]; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-test-'))
  const pids = (await linesFrom(prelude + body, [folder])).map(Number)
  assert.ok(pids.length > 0, 'the engine failed')
  return { pids, folder }
}

test('what an engine started is gone after it was killed, though it died at once: 20 times', options, async () => {
  for (let i = 0; i < 20; i++) {
    const { pids, folder } = await engine(`die(start('sleep', '1000'))`)
    await until(() => pids.every(isGone) && !existsSync(folder), `${i}: ${pids.join(' ')}, ${folder}`)
  }
})

test('of many groups those that were not removed are killed, whatever they ignore', options, async () => {
  const { pids } = await engine(`
    const stubborn = ['sh', '-c', "trap '' TERM INT HUP; sleep 1000; sleep 1000"]
    const pids = Array.from({ length: 12 }, () => start(...stubborn))
    supervisor.remove(pids[4])
    supervisor.remove(pids[11])
    supervisor.remove(99999999)
    supervisor.remove(pids[0])
    supervisor.add(pids[0])
    die(...pids)`)
  const spared = [pids[4]!, pids[11]!]
  try {
    const killed = pids.filter((pid) => !spared.includes(pid))
    assert.equal(killed.length, 10)
    await until(() => killed.every(isGone), killed.join(' '))
    assert.deepEqual(spared.map(isGone), [false, false])
  } finally {
    for (const pid of spared) process.kill(-pid, 'SIGKILL')
  }
})

test('the members of a group go, though its leader went before', options, async () => {
  const { pids } = await engine(`
    const { once } = await import('node:events')
    const leader = spawn('sh', ['-c', 'sleep 1000 & echo $!'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
    supervisor.add(leader.pid)
    const [[member]] = await Promise.all([once(leader.stdout, 'data'), once(leader, 'exit')])
    die(Number(member))`)
  await until(() => pids.every(isGone), pids.join(' '))
})

test('it outlives the signals of a terminal and of a service manager', options, async () => {
  const { pids, folder } = await engine(`
    const pid = start('sleep', '1000')
    const { execFileSync } = await import('node:child_process')
    const children = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\\n')
    const own = children.map((line) => line.trim().split(/ +/)).find(([, parent, ...words]) =>
      Number(parent) === process.pid && words.includes('trialist-supervisor'))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.kill(-own[0], signal)
    die(pid)`)
  await until(() => pids.every(isGone) && !existsSync(folder), `${pids.join(' ')}, ${folder}`)
})

test('close waits until what is left in its charge was killed and the folder is gone', options, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-test-'))
  const supervisor = new Supervisor(folder)
  const start = (): ChildProcess => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
  const left = start()
  const removed = start()
  supervisor.add(left.pid!)
  supervisor.add(removed.pid!)
  supervisor.remove(removed.pid!)
  const exit = once(left, 'exit')
  await supervisor.close()
  assert.ok(!existsSync(folder))
  assert.deepEqual(await exit, [null, 'SIGKILL'])
  assert.equal(removed.exitCode, null)
  removed.kill('SIGKILL')
  assert.deepEqual(await once(removed, 'exit'), [null, 'SIGKILL'])
  await supervisor.close()
})
