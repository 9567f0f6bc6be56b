// Trials see the devices that they were given, and no device is given to more than it has room for.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Tuner, command, local, memory, uniform } from '../../src/index.ts'

/** Devices of all trials with the times at which they had them, of an experiment on two given devices. */
async function devicesOf(gpus: number, trials: number): Promise<{ devices: string; from: number; to: number }[]> {
  const script = [
    'import os, time',
    'since = time.time()',
    'time.sleep(0.15)',
    'devices = os.environ["CUDA_VISIBLE_DEVICES"].replace(",", "0")',
    'print("loss=1 devices=%s from=%r to=%r" % (devices, since, time.time()))',
  ].join('\n')
  const tuner = new Tuner({
    name: 'gpus',
    space: { x: uniform(0, 1) },
    metric: 'loss',
    trainable: command(['python3', '-c', script, '{x}']),
    trials,
    resources: { cpus: 0.1, gpus },
    executor: local({ gpus: ['4', '7'] }),
    store: memory(),
    log: () => {},
  })
  const results = [...(await tuner.fit())]
  assert.ok(
    results.every(({ state }) => state === 'completed'),
    JSON.stringify(results.map(({ failure }) => failure)),
  )
  return results.map(({ metrics }) => ({
    devices: String(metrics['devices']),
    from: metrics['from']!,
    to: metrics['to']!,
  }))
}

/** The most trials that had a device at the same time. */
function most(spans: readonly { from: number; to: number }[]): number {
  return Math.max(...spans.map(({ from }) => spans.filter((other) => other.from <= from && from < other.to).length))
}

test('halves share a device', async () => {
  const spans = await devicesOf(0.5, 10)
  for (const device of ['4', '7']) assert.equal(most(spans.filter(({ devices }) => devices === device)), 2)
})

test('more than half of a device is all of it', async () => {
  const spans = await devicesOf(0.6, 6)
  for (const device of ['4', '7']) assert.equal(most(spans.filter(({ devices }) => devices === device)), 1)
})

test('two devices are given to one trial at a time', async () => {
  const spans = await devicesOf(2, 3)
  assert.deepEqual(new Set(spans.map(({ devices }) => devices)), new Set(['407']))
  assert.equal(most(spans), 1)
})

for (const gpus of [1.5, 3]) {
  test(`${gpus} devices are refused at once`, async () => {
    await assert.rejects(devicesOf(gpus, 1), (error: Error) => /gpus|GPUs/.test(error.message))
  })
}
