// A program that starts the engine and has algorithms of its own: here this test.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../bin/trialist.cjs', import.meta.url))

type Message = Record<string, unknown> & { readonly type: string; readonly id?: number }
type Answer = Record<string, unknown>

const train = `export default async ({ config: { config }, report }) => {
  for (let i = 1; i <= 5; i++) await report({ loss: config.x * i })
}`

function experimentIn(context: TestContext, more: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-client-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'train.mjs'), train)
  const experiment = {
    name: 'mine',
    space: { version: 1, parameters: { config: { type: 'given' } } },
    metric: 'loss',
    concurrency: 2,
    trainable: { module: 'train.mjs' },
    searcher: { name: 'client', options: { name: 'Own' } },
    ...more,
  }
  writeFileSync(join(folder, 'mine.json'), JSON.stringify(experiment))
  return folder
}

/** Runs the engine; `answer` takes each message and may answer it. */
async function run(folder: string, answer: (message: Message) => Answer | undefined, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, 'run', 'mine.json'], {
    cwd: folder,
    env: { ...process.env, TRIALIST_CLIENT: 'stdio', TRIALIST_PROGRESS: 'json', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const messages: Message[] = []
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as Message
    messages.push(message)
    const answered = answer(message)
    if (answered !== undefined) child.stdin.write(`${JSON.stringify({ id: message.id, ...answered })}\n`)
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, messages, said, result: messages.find(({ type }) => type === 'result') }
}

function states(result: Message | undefined): unknown[] {
  return (result!['trials'] as { state: string; config: { config: object }; step: number }[]).map(
    ({ state, config, step }) => [state, config.config, step],
  )
}

function verified(folder: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'verify', 'mine'], {
    cwd: folder,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stdout + stderr)
}

test('the client suggests, is told of the log, and ends the search', async (context) => {
  const folder = experimentIn(context, { trials: 10 })
  let next = 0
  const { result, messages } = await run(folder, ({ type }) =>
    type === 'suggest' ? { configs: next < 3 ? [{ config: { x: ++next } }] : [] } : undefined,
  )
  assert.deepEqual(
    states(result),
    [1, 2, 3].map((x) => ['completed', { x }, 5]),
  )
  const events = messages.flatMap(({ type, ...rest }) => (type === 'log' ? (rest['events'] as Message[]) : []))
  const count = (kind: string): number => events.filter(({ event }) => event === kind).length
  assert.deepEqual([count('suggested'), count('launched'), count('reported'), count('ended')], [3, 3, 15, 3])
  verified(folder)
})

test('each report waits for what the client decides; its word ends trials and the experiment', async (context) => {
  const scheduler = { name: 'client', options: { name: 'Judge' } }
  const folder = experimentIn(context, { trials: 100, scheduler })
  let next = 0
  let asked = 0
  const { result } = await run(folder, ({ type }) => {
    if (type === 'suggest') return { configs: [{ config: { x: ++next } }] }
    if (type !== 'decide') return undefined
    asked += 1
    if (asked >= 30) return { action: 'continue', halt: 'enough' }
    return { action: asked % 3 === 0 ? 'stop' : 'continue', rule: 'third' }
  })
  assert.equal(result!['halted'], 'client')
  const ended = states(result) as [string, object, number][]
  assert.ok(ended.some(([state]) => state === 'stopped'))
  verified(folder)
})

test('a paused trial goes on when the client wishes it', async (context) => {
  const scheduler = { name: 'client', options: { name: 'Pauser' } }
  const folder = experimentIn(context, { trials: 2, scheduler, concurrency: 1 })
  let next = 0
  const paused = new Set<number>()
  const { result } = await run(folder, (message) => {
    if (message.type === 'suggest') return { configs: [{ config: { x: ++next } }] }
    if (message.type === 'decide') {
      const trial = message['trial'] as number
      if (paused.has(trial)) return { action: 'continue' }
      paused.add(trial)
      return { action: 'pause' }
    }
    const events = (message.type === 'log' ? message['events'] : []) as Message[]
    const held = events.filter(({ event, state }) => event === 'ended' && state === 'paused')
    if (held.length === 0 || next < 2) return undefined
    return { id: 0, resume: [0, 1] }
  })
  assert.deepEqual(states(result), [
    ['completed', { x: 1 }, 5],
    ['completed', { x: 2 }, 5],
  ])
  verified(folder)
})

test('what fails in the client ends the session with its words, and the experiment goes on later', async (context) => {
  const folder = experimentIn(context, { trials: 3 })
  let next = 0
  const failing = await run(folder, ({ type }) => {
    if (type !== 'suggest') return undefined
    return ++next < 3 ? { configs: [{ config: { x: next } }] } : { error: 'no idea' }
  })
  assert.equal(failing.code, 2)
  assert.match(failing.said, /no idea/)
  const seen: unknown[] = []
  const going = await run(
    folder,
    (message) => {
      if (message.type === 'log' && message['replayed'] === true) seen.push(message)
      return message.type === 'suggest' ? { configs: [{ config: { x: 9 } }] } : undefined
    },
    { TRIALIST_RESUME: 'mine' },
  )
  assert.ok(seen.length > 0)
  assert.deepEqual(
    states(going.result).map((row) => (row as unknown[])[1]),
    [{ x: 1 }, { x: 2 }, { x: 9 }],
  )
  verified(folder)
})

test('without the program that began it such an experiment says what is missing', async (context) => {
  const folder = experimentIn(context, { trials: 1 })
  const { status, stderr } = spawnSync(process.execPath, [program, 'run', 'mine.json'], {
    cwd: folder,
    encoding: 'utf8',
  })
  assert.equal(status, 2)
  assert.match(stderr, /those of the program that began it/)
})

test('a question that is never answered does not keep an engine whose time is used up', async (context) => {
  const scheduler = { name: 'client', options: { name: 'Silent' } }
  const folder = experimentIn(context, { time: 0.5, scheduler, terminationGrace: 0.2 })
  let next = 0
  const { result } = await run(folder, ({ type }) =>
    type === 'suggest' && next < 1 ? { configs: [{ config: { x: ++next } }] } : undefined,
  )
  assert.equal(result!['halted'], 'time')
  verified(folder)
})

for (const scheduler of [
  { name: 'hyperband', options: { maxT: 5, eta: 2 } },
  { name: 'asha', options: { maxT: 5, eta: 2, type: 'promotion' } },
  { name: 'median', options: { minTrials: 1, hardStop: false } },
]) {
  test(`${scheduler.name} goes on where all trials are paused and the client waits for one to be over`, async (context) => {
    const folder = experimentIn(context, { trials: 10, scheduler })
    let next = 0
    let heard = 0
    let question = 0
    let stalls = 0
    const live = new Map<unknown, unknown>()
    const { result, messages } = await run(folder, (message) => {
      if (message.type === 'suggest') question = message.id!
      for (const { event, trial, state } of (message.type === 'log' ? message['events'] : []) as Message[]) {
        if (event === 'suggested') live.set(trial, 'waiting')
        else if (event === 'launched') live.set(trial, 'running')
        else if (event === 'ended' && (state === 'paused' || state === 'pending')) live.set(trial, state)
        else if (event === 'ended') live.delete(trial)
      }
      if (message.type === 'log') heard += 1
      if (message.type !== 'log' && message.type !== 'suggest') return undefined
      // Three that are not over, at most; it says so where it stands in the way of all.
      if (live.size < 3 && question > 0) {
        const id = question
        question = 0
        return { id, configs: [{ config: { x: ++next } }] }
      }
      const isStalled = question > 0 && [...live.values()].every((state) => state === 'paused')
      if (!isStalled) return undefined
      stalls += 1
      return { id: 0, stalled: heard }
    })
    assert.ok(stalls > 0)
    assert.equal(states(result).length, 10)
    for (const row of states(result)) assert.match((row as string[])[0]!, /completed|stopped/)
    const kinds = messages.flatMap(({ type, ...rest }) => (type === 'log' ? (rest['events'] as Message[]) : []))
    assert.ok(kinds.some(({ event, action }) => event === 'decided' && action === 'pause'))
    verified(folder)
  })
}

test('a trial that was let go on and has no slot yet is stopped with the others where the time is used up', async (context) => {
  const scheduler = { name: 'client', options: { name: 'Pauser' } }
  const folder = experimentIn(context, { trials: 2, time: 3, scheduler, concurrency: 1, terminationGrace: 0.2 })
  let next = 0
  const { result } = await run(folder, (message) => {
    if (message.type === 'suggest') return { configs: [{ config: { x: ++next } }] }
    if (message.type !== 'decide') return undefined
    // The first one makes room for the second, whose report is never answered; and is to go on.
    return message['trial'] === 0 ? { action: 'pause' } : { id: 0, resume: [0] }
  })
  assert.equal(result!['halted'], 'time')
  assert.deepEqual(states(result), [
    ['stopped', { x: 1 }, 1],
    ['stopped', { x: 2 }, 1],
  ])
  verified(folder)
})
