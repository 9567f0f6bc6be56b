import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { totalmem, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'

import { TrialistError } from '../base/errors.ts'
import { stream } from '../base/random.ts'
import { checkResources, detectMachine, Machine } from './resources.ts'
import type { Allocation, Resources } from './resources.ts'

const gigabyte = 2 ** 30
const machine = (gpus: readonly string[] = [], cpus = 8): Machine => new Machine({ cpus, memory: 16 * gigabyte, gpus })
const asks = (request: Partial<Resources>): Resources => ({ cpus: 1, memory: undefined, gpus: 0, ...request })

test('a request has one CPU by default, and wrong ones are refused by name', () => {
  assert.deepEqual(checkResources({}), { cpus: 1, memory: undefined, gpus: 0 })
  assert.deepEqual(checkResources({ cpus: 0.25, memory: 1e9, gpus: 0.5 }), { cpus: 0.25, memory: 1e9, gpus: 0.5 })
  for (const [options, says] of [
    [{ gpus: 1.5 }, /gpus: expected a whole number, or a fraction of one device, received 1\.5/],
    [{ gpus: -1 }, /gpus/],
    [{ gpus: NaN }, /gpus/],
    [{ cpus: 0 }, /cpus: expected a finite number above 0, received 0/],
    [{ cpus: Infinity }, /cpus/],
    [{ memory: 0 }, /memory/],
    [{ cpu: 1 }, /no option "cpu".*Did you mean cpus/],
  ] as const) {
    assert.throws(() => checkResources(options as object), says)
  }
})

test('slots: two halves share a device, two of 0.6 do not, whole devices are had alone', () => {
  const two = machine(['0', '1'])
  assert.equal(two.slots(asks({ gpus: 0.5 })), 4)
  assert.equal(two.slots(asks({ gpus: 0.6 })), 2)
  assert.equal(two.slots(asks({ gpus: 1 / 3 })), 6)
  assert.equal(two.slots(asks({ gpus: 1 })), 2)
  assert.equal(two.slots(asks({ gpus: 2 })), 1)
  assert.equal(machine(['0', '1', '2']).slots(asks({ gpus: 2 })), 1)
  assert.equal(machine().slots(asks({ cpus: 0.1 })), 80)
  assert.equal(machine().slots(asks({ cpus: 0.1, memory: 5 * gigabyte })), 3)
})

test('a device that is listed twice is there once', () => {
  const one = machine(['0', '0'])
  assert.equal(one.slots(asks({ gpus: 1 })), 1)
})

test('what a machine can never give is an error that names what there is', () => {
  for (const [request, received] of [
    [{ cpus: 9 }, /9 CPUs/],
    [{ memory: 17 * gigabyte }, /18253611008 bytes/],
    [{ gpus: 3 }, /3 GPUs/],
  ] as const) {
    assert.throws(
      () => machine(['0', '1']).slots(asks(request)),
      (thrown: unknown) => {
        assert.ok(thrown instanceof TrialistError)
        assert.equal(thrown.code, 'resources')
        assert.match(thrown.message, /at most 8 CPUs, 17179869184 bytes of memory and 2 GPUs/)
        assert.match(thrown.message, received)
        return true
      },
    )
  }
})

test('a fraction is put on one device, and what was given back can be had again', () => {
  const two = machine(['a', 'b'])
  const some = asks({ gpus: 0.6 })
  const first = two.acquire(some)!
  const second = two.acquire(some)!
  assert.deepEqual([first.gpus, second.gpus], [['a'], ['b']])
  assert.equal(two.acquire(some), undefined)
  assert.deepEqual(two.acquire(asks({ gpus: 0.4 }))!.gpus, ['a'])
  two.release(some, second)
  assert.deepEqual(two.acquire(asks({ gpus: 1 }))!.gpus, ['b'])
})

/** Numbers that people write, and some that nobody does. */
const shares = [0.1, 0.2, 0.25, 0.3, 1 / 3, 0.333333334, 0.4, 0.5, 0.6, 2 / 3, 0.7, 0.9]

test('as many as there are slots for can always be had at once, and not one more', () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = stream(seed, 1)
    const among = <T>(list: readonly T[]): T => list[random.uint32() % list.length]!
    const cpus = among([1, 2, 3, 7, 64])
    const all = new Machine({ cpus, memory: 10 ** 12 + 7, gpus: ['0', '1', '2'].slice(0, 1 + (seed % 3)) })
    const request = asks({
      cpus: among([...shares, 1, cpus / 3, 21.33333334 % cpus]),
      memory: among([undefined, 10 ** 12 / 3, 1e11 / 7, 5]),
      gpus: among([0, 1, ...shares]),
    })
    const slots = all.slots(request)
    const held = Array.from({ length: Math.min(slots, 100) }, () => all.acquire(request))
    assert.ok(!held.includes(undefined), `seed ${seed}: ${JSON.stringify(request)} ${slots}`)
    if (slots <= 100) assert.equal(all.acquire(request), undefined, `seed ${seed}`)
  }
})

test('random requests and releases never overbook anything, and in the end all is free', () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = stream(seed, 2)
    const among = <T>(list: readonly T[]): T => list[random.uint32() % list.length]!
    const devices = ['0', '1', '2']
    const parts = { cpus: 6, memory: 1_000, gpus: devices }
    const all = new Machine(parts)
    const held: { request: Resources; allocation: Allocation }[] = []
    for (let i = 0; i < 400; i++) {
      if (random.uint32() % 2 === 0 && held.length > 0) {
        const [{ request, allocation }] = held.splice(random.uint32() % held.length, 1) as [(typeof held)[number]]
        all.release(request, allocation)
        continue
      }
      const request = asks({
        cpus: among([...shares, 1, 2]),
        memory: among([undefined, 10, 333]),
        gpus: among([0, 1, 2, ...shares]),
      })
      const allocation = all.acquire(request)
      if (allocation !== undefined) held.push({ request, allocation })
      const sum = (of: (one: (typeof held)[number]) => number): number =>
        held.reduce((total, one) => total + of(one), 0)
      const where = `seed ${seed}, step ${i}`
      assert.ok(sum(({ request: { cpus } }) => cpus) < parts.cpus + 1e-3, where)
      assert.ok(sum(({ request: { memory = 0 } }) => memory) <= parts.memory, where)
      for (const id of devices) {
        const users = held.filter(({ allocation: { gpus } }) => gpus.includes(id))
        assert.ok(users.reduce((total, { request: { gpus } }) => total + Math.min(gpus, 1), 0) < 1 + 1e-3, where)
        assert.ok(users.length === 1 || users.every(({ request: { gpus } }) => gpus < 1), where)
      }
      assert.equal(new Set(allocation?.gpus).size, Math.ceil(allocation === undefined ? 0 : request.gpus), where)
    }
    for (const { request, allocation } of held) all.release(request, allocation)
    assert.ok(all.acquire(asks({ cpus: parts.cpus, memory: parts.memory, gpus: devices.length })), `seed ${seed}`)
  }
})

function withEnvironment<T>(values: Record<string, string | undefined>, body: () => T): T {
  const before = { ...process.env }
  const set = (variables: NodeJS.ProcessEnv): void => {
    for (const name of Object.keys(values)) {
      if (variables[name] === undefined) delete process.env[name]
      else process.env[name] = variables[name]
    }
  }
  set(values)
  try {
    return body()
  } finally {
    set(before)
  }
}

test('a preset CUDA_VISIBLE_DEVICES says which devices there are', () => {
  for (const [preset, devices] of [
    ['0', ['0']],
    [' 2, 0 ', ['2', '0']],
    ['GPU-8932f937-d72c,MIG-40f5', ['GPU-8932f937-d72c', 'MIG-40f5']],
    ['', []],
    ['-1', []],
    ['0,-1,1', ['0']],
    ['NoDevFiles', []],
  ] as const) {
    const { gpus } = withEnvironment({ CUDA_VISIBLE_DEVICES: preset }, () => detectMachine({ gpus: true }))
    assert.deepEqual(gpus, devices, preset)
  }
})

test('without it the driver is asked, only where GPUs are; without a driver there are none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-test-'))
  try {
    const nvidia = join(folder, 'nvidia-smi')
    writeFileSync(nvidia, `#!/bin/sh\n: > '${folder}/asked'\nprintf '0\\n1\\n'\n`)
    chmodSync(nvidia, 0o755)
    const path = `${folder}${delimiter}${process.env['PATH'] ?? ''}`
    const found = (PATH: string, gpus: boolean): readonly string[] =>
      withEnvironment({ PATH, CUDA_VISIBLE_DEVICES: undefined }, () => detectMachine({ gpus }).gpus)
    assert.deepEqual(found(path, false), [])
    assert.ok(!existsSync(join(folder, 'asked')))
    assert.deepEqual(found(path, true), ['0', '1'])
    assert.deepEqual(found(join(folder, 'nowhere'), true), [])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('CPUs and memory are those of this machine, or fewer', () => {
  const { cpus, memory } = detectMachine({ gpus: false })
  assert.ok(cpus >= 1)
  assert.ok(memory > 0 && memory <= totalmem())
})
