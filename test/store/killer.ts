// A thread that kills its process so many microseconds after another thread has come to a batch.
import process from 'node:process'
import { workerData } from 'node:worker_threads'

const { progress, deathAt, delayUs } = workerData as { progress: Int32Array; deathAt: number; delayUs: number }

for (let at = Atomics.load(progress, 0); at < deathAt; at = Atomics.load(progress, 0)) Atomics.wait(progress, 0, at)
const end = process.hrtime.bigint() + BigInt(delayUs) * 1_000n
while (process.hrtime.bigint() < end);
process.kill(process.pid, 'SIGKILL')
