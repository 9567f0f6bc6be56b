// Trials see the devices that they were given, and no device is given to more than it has room for.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { Tuner, command, local, memory, uniform } from '../../src/index.ts'

/**
 * The devices of each trial, and the most trials that had one of them at once while it ran, of an experiment on two given devices.
 * A trial goes on once `together` have had its device at the same time.
 */
async function devicesOf(
  gpus: number,
  trials: number,
  together: number = 1,
): Promise<{ devices: string; most: number }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-gpus-'))
  const script = [
    'import os, sys, time',
    `folder, together = ${JSON.stringify(folder)}, ${together}`,
    'devices = os.environ["CUDA_VISIBLE_DEVICES"].split(",")',
    'own = [os.path.join(folder, "%s-%d" % (device, os.getpid())) for device in devices]',
    'for path in own: open(path, "w").close()',
    'def having(): return max(sum(name.startswith(device + "-") for name in os.listdir(folder)) for device in devices)',
    'met = os.path.join(folder, "met-" + devices[0])',
    'most, since = 0, time.monotonic()',
    'while True:',
    '    most = max(most, having())',
    '    if most >= together: open(met, "w").close()',
    '    if os.path.exists(met): break',
    '    if time.monotonic() - since > 60: sys.exit("nobody shares device " + devices[0])',
    '    time.sleep(0.01)',
    'time.sleep(0.05)',
    'most = max(most, having())',
    'for path in own: os.remove(path)',
    'print("loss=1 devices=%s most=%d" % ("0".join(devices), most))',
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
  try {
    const results = [...(await tuner.fit())]
    assert.ok(
      results.every(({ state }) => state === 'completed'),
      JSON.stringify(results.map(({ failure }) => failure)),
    )
    return results.map(({ metrics }) => ({ devices: String(metrics['devices']), most: metrics['most']! }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The most trials that had a device at the same time. */
function most(spans: readonly { readonly most: number }[]): number {
  return Math.max(...spans.map((span) => span.most))
}

test('halves share a device', async () => {
  const spans = await devicesOf(0.5, 10, 2)
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
