import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { isGone, linesFrom, until } from './processes.ts'

const source = (file: string): string =>
  JSON.stringify(new URL(`../../src/executor/process/${file}`, import.meta.url).href)
const options = { skip: process.platform !== 'linux' && 'left processes are found on Linux alone', timeout: 60_000 }

/** An engine with a supervisor and a worker that outlives it; says its folder and the numbers of these two. */
const engine = `
import { execFileSync, spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { Supervisor } from ${source('supervisor.ts')}
import { makePrivateFolder } from ${source('sweep.ts')}
const folder = makePrivateFolder()
const supervisor = new Supervisor(folder)
const env = { ...process.env, TRIALIST_SOCKET: folder + '/socket' }
const worker = spawn('sh', ['-c', "trap '' TERM; sleep 1000; sleep 1000"], { detached: true, stdio: 'ignore', env })
supervisor.add(worker.pid)
const children = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\\n')
const [helper] = children.map((line) => line.trim().split(/ +/))
  .find(([, parent, ...words]) => Number(parent) === process.pid && words.includes('trialist-supervisor'))
writeSync(1, [folder, worker.pid, helper].join('\\n') + '\\n')
`
/** The engine dies together with its supervisor, so that nobody tidies up. */
const dies = `process.kill(Number(helper), 'SIGKILL'); process.kill(process.pid, 'SIGKILL')`
const sweeps = `import { sweep } from ${source('sweep.ts')}; sweep()`
const makes = `import { makePrivateFolder } from ${source('sweep.ts')}; console.log(makePrivateFolder())`

/** A temporary folder of the test's own, gone afterwards. */
async function inTemporary(name: string, body: (root: string, env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  const outer = mkdtempSync(join(tmpdir(), 'sweep-'))
  const root = join(outer, name)
  mkdirSync(root)
  try {
    await body(root, { ...process.env, TMPDIR: root })
  } finally {
    rmSync(outer, { recursive: true, force: true })
  }
}

async function deadEngine(env: NodeJS.ProcessEnv): Promise<{ folder: string; worker: number }> {
  const [folder, worker] = await linesFrom(engine + dies, [], env)
  assert.ok(existsSync(folder!) && !isGone(Number(worker)))
  return { folder: folder!, worker: Number(worker) }
}

test('what a dead engine left that its supervisor could not tidy up is gone after a sweep', options, async () => {
  await inTemporary('t', async (root, env) => {
    const { folder, worker } = await deadEngine(env)
    assert.equal(dirname(folder), root)
    await linesFrom(sweeps, [], env)
    assert.ok(!existsSync(folder))
    await until(() => isGone(worker), String(worker))
  })
})

test('an engine that runs keeps its folder and its processes', options, async () => {
  await inTemporary('t', async (_root, env) => {
    const words = ['--input-type=module', '-e', `${engine} setInterval(() => {}, 1000)`]
    const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [said] = (await once(child.stdout, 'data')) as [Buffer]
      const [folder, worker] = String(said).split('\n')
      await linesFrom(sweeps, [], env)
      assert.ok(existsSync(folder!))
      assert.ok(!isGone(Number(worker)))
      child.kill('SIGKILL')
      await until(() => isGone(Number(worker)) && !existsSync(folder!), `${worker}, ${folder}`)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

test('another process with a dead engine’s number does not keep its folder, nor is it killed', options, async () => {
  await inTemporary('t', async (_root, env) => {
    const { folder, worker } = await deadEngine(env)
    const other = spawn('sleep', ['1000'], { stdio: 'ignore' })
    try {
      const owner = join(folder, 'owner')
      writeFileSync(owner, readFileSync(owner, 'utf8').replace(/^\d+/, String(other.pid)))
      await linesFrom(sweeps, [], env)
      assert.ok(!existsSync(folder))
      await until(() => isGone(worker), String(worker))
      assert.ok(!isGone(other.pid!))
    } finally {
      other.kill('SIGKILL')
    }
  })
})

test('the folder of an engine on another machine or in another container is left alone', options, async () => {
  await inTemporary('t', async (_root, env) => {
    const { folder, worker } = await deadEngine(env)
    const owner = join(folder, 'owner')
    const mine = readFileSync(owner, 'utf8')
    const place = mine.trim().split(' ')[2]!
    for (const other of [`elsewhere/${place.split('/')[1]}`, place.replace(/\d+\]$/, '1]')]) {
      assert.notEqual(other, place)
      writeFileSync(owner, mine.replace(place, other))
      await linesFrom(sweeps, [], env)
      assert.ok(existsSync(folder), other)
      assert.ok(!isGone(worker), other)
    }
    writeFileSync(owner, mine)
    await linesFrom(sweeps, [], env)
    assert.ok(!existsSync(folder))
    await until(() => isGone(worker), String(worker))
  })
})

test('a private folder is closed to others and short enough for a socket, wherever the temporary one is', async () => {
  for (const name of ['t', 'long'.repeat(40)]) {
    await inTemporary(name, async (root, env) => {
      const [folder] = await linesFrom(makes, [], env)
      assert.equal(dirname(folder!), name === 't' ? root : '/tmp')
      assert.equal(statSync(folder!).mode & 0o777, 0o700)
      assert.ok(Buffer.byteLength(join(folder!, 'socket')) <= 103)
      // Its engine is dead by now.
      await linesFrom(sweeps, [], env)
      assert.ok(!existsSync(folder!))
    })
  }
})

test('where no folder can be made the error names the place; there is nothing to sweep', async () => {
  await inTemporary('t', async (root, env) => {
    const TMPDIR = join(root, 'nowhere')
    const script = `import { makePrivateFolder, sweep } from ${source('sweep.ts')}
      sweep()
      try { makePrivateFolder() } catch ({ name, code, message }) { console.log([name, code, message].join(' ')) }`
    const [said] = await linesFrom(script, [], { ...env, TMPDIR })
    assert.match(said!, /^TrialistError read_only .*nowhere.*Set TMPDIR/)
  })
})
