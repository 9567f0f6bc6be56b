// Readers of trackers: how far each trial can be read by now. What a reader has seen of a file it does not read again.
import { closeSync, existsSync, fstatSync, globSync, openSync, readSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The newest readable step by the index of its trial. */
export type Reader = () => Map<number, number> | Promise<Map<number, number>>

/** Rows of `progress.csv` in the folders of trials below `root`. */
export function csvReader(root: string): Reader {
  const read = perFile(root, 'progress.csv', () => {
    let column = -1
    let rest = ''
    return (data: Buffer) => {
      const lines = (rest + data.toString('utf8')).split('\n')
      rest = lines.pop()!
      if (column < 0 && lines.length > 0) column = lines.shift()!.split(',').indexOf('training_iteration')
      return Number(lines.at(-1)?.split(',')[column] ?? 0)
    }
  })
  return read
}

/** Event files in the folders of trials below `root`. */
export function eventsReader(root: string): Reader {
  return perFile(root, 'events.out.*', () => {
    let rest: Buffer = Buffer.alloc(0)
    return (data: Buffer) => {
      const all = Buffer.concat([rest, data])
      const { newest, end } = newestEvent(all)
      rest = all.subarray(end)
      return newest
    }
  })
}

/** Records are their length, its checksum, an event, its checksum. */
function newestEvent(data: Buffer): { readonly newest: number; readonly end: number } {
  let newest = 0
  let at = 0
  while (at + 12 <= data.length) {
    const length = Number(data.readBigUInt64LE(at))
    if (at + 16 + length > data.length) break
    newest = Math.max(newest, scalarStep(data.subarray(at + 12, at + 12 + length)))
    at += 16 + length
  }
  return { newest, end: at }
}

/** Events are their time (tag and 8 bytes), then their step (tag and varint); scalars are a summary, field 5. */
function scalarStep(event: Buffer): number {
  let step = 0
  let at = 10
  for (let shift = 0; at < event.length; shift += 7) {
    const byte = event[at++]!
    step |= (byte & 127) << shift
    if (byte < 128) break
  }
  return event[9] === 16 && event[at] === 42 ? step : 0
}

/** By MLflow's own interface, which answers the newest value of each metric with its step; runs have the names of trials. */
export function mlflowReader(uri: string, experiment: string, metric: string): Reader {
  let id: string | undefined
  return async () => {
    const steps = new Map<number, number>()
    id ??= await experimentId(uri, experiment)
    if (id === undefined) return steps
    const body = JSON.stringify({ experiment_ids: [id], max_results: 100 })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${uri}/api/2.0/mlflow/runs/search`, { method: 'POST', headers, body })
    const { runs = [] } = (await answer.json()) as { runs?: FoundRun[] }
    for (const { info, data } of runs) {
      const found = data.metrics?.find(({ key }) => key === metric)
      if (found !== undefined) steps.set(indexOf(info.run_name), found.step)
    }
    return steps
  }
}

interface FoundRun {
  readonly info: { readonly run_name: string }
  readonly data: { readonly metrics?: readonly { readonly key: string; readonly step: number }[] }
}

async function experimentId(uri: string, name: string): Promise<string | undefined> {
  const query = `experiment_name=${encodeURIComponent(name)}`
  const answer = await fetch(`${uri}/api/2.0/mlflow/experiments/get-by-name?${query}`)
  if (!answer.ok) return undefined
  return ((await answer.json()) as { experiment: { experiment_id: string } }).experiment.experiment_id
}

/** Of the names of trials and of their folders: `3`, `0f3a2_00003`, `train_0f3a2_00003_3_x=0.5`. */
export function indexOf(trial: string): number {
  return Number(/^(?:.*?[0-9a-f]{5}_)?(\d+)/.exec(trial)![1])
}

/** `take` has what was appended to a file, and answers the newest step in it, 0 where there is none. */
function perFile(root: string, pattern: string, open: () => (data: Buffer) => number): Reader {
  const files = new Map<string, { readonly take: (data: Buffer) => number; at: number; newest: number }>()
  return () => {
    const steps = new Map<number, number>()
    if (!existsSync(root)) return steps
    for (const path of globSync(join(root, '*', pattern))) {
      if (!files.has(path)) files.set(path, { take: open(), at: 0, newest: 0 })
      const file = files.get(path)!
      const data = appended(path, file.at)
      file.at += data.length
      if (data.length > 0) file.newest = Math.max(file.newest, file.take(data))
      steps.set(indexOf(basename(dirname(path))), file.newest)
    }
    return steps
  }
}

function appended(path: string, from: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const data = Buffer.alloc(Math.max(0, fstatSync(file).size - from))
    return data.subarray(0, readSync(file, data, 0, data.length, from))
  } finally {
    closeSync(file)
  }
}
