import { execFileSync } from 'node:child_process'
import { availableParallelism, totalmem } from 'node:os'

import { finiteAbove, knownOptions, wrongOption } from '../base/check.ts'
import { TrialistError, show } from '../base/errors.ts'
import type { ResourceOptions } from './factory.ts'

/** What each trial is given. */
export interface Resources {
  readonly cpus: number
  /** Bytes; undefined: not accounted. */
  readonly memory: number | undefined
  /** Whole devices, or a fraction of one. */
  readonly gpus: number
}

/** What there is to give. */
export interface MachineParts {
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** Ids of devices, as in `CUDA_VISIBLE_DEVICES`. */
  readonly gpus: readonly string[]
}

/** What a trial was given. */
export interface Allocation {
  /** Ids of its devices. */
  readonly gpus: readonly string[]
}

/** Fractions of CPUs and devices are counted in such parts, whole numbers, so that sums are exact. */
const partsOfOne = 1_000_000

/** A trial's request with its defaults. Throws `invalid_option`. */
export function checkResources(options: ResourceOptions): Resources {
  knownOptions('resources', options, ['cpus', 'memory', 'gpus'])
  const { cpus = 1, memory, gpus = 0 } = options
  if (!(cpus > 0 && Number.isFinite(cpus))) throw wrongOption('resources: cpus', 'a finite number above 0', cpus)
  if (memory !== undefined && !(memory > 0 && Number.isFinite(memory))) {
    throw wrongOption('resources: memory', 'a number of bytes above 0', memory)
  }
  if (!(gpus >= 0 && (gpus < 1 || Number.isSafeInteger(gpus)))) {
    throw wrongOption('resources: gpus', 'a whole number, or a fraction of one device', gpus)
  }
  return { cpus, memory, gpus }
}

/** What of a machine may be used. Throws `unknown_option` or `invalid_option`. */
export function checkMachine(where: string, options: Partial<MachineParts>): void {
  knownOptions(where, options, ['cpus', 'memory', 'gpus'])
  const { cpus, memory, gpus } = options
  if (cpus !== undefined) finiteAbove(`${where}: cpus`, cpus, 0)
  if (memory !== undefined) finiteAbove(`${where}: memory`, memory, 0)
  const areIds = gpus === undefined || (Array.isArray(gpus) && gpus.every((id) => typeof id === 'string'))
  if (!areIds) throw wrongOption(`${where}: gpus`, "a list of ids of devices, such as ['0', '1']", gpus)
}

/** What runs in the engine's own process has what that has. Throws `unsupported` where a trial is to have something. */
export function refuseResources(options: ResourceOptions): void {
  if (Object.keys(options).length === 0) return
  throw new TrialistError({
    code: 'unsupported',
    message: 'a function or a class in the engine’s own process can’t be given resources',
    expected: 'module(), python() or command() as the trainable, or no resources',
    received: show(options),
    remedy: 'Say by concurrency how many trials run at once.',
  })
}

/** CPUs, memory and GPUs of one machine, and who has them. */
export class Machine {
  readonly #all: MachineParts
  /** Millionths. */
  #cpus: number
  /** Bytes. */
  #memory: number
  /** Of each device the millionths that are free. */
  readonly #gpus: Map<string, number>

  constructor(all: MachineParts) {
    this.#all = { ...all, gpus: [...new Set(all.gpus)] }
    this.#cpus = parts(all.cpus)
    this.#memory = Math.floor(all.memory)
    this.#gpus = new Map(this.#all.gpus.map((id) => [id, partsOfOne]))
  }

  /** How many such trials fit at the same time on the whole machine. Throws `resources` where it is none. */
  slots(request: Resources): number {
    const { cpus, memory, gpus: devices } = this.#all
    const need = needOf(request)
    const slots = Math.min(
      Math.floor(parts(cpus) / need.cpus),
      need.memory === 0 ? Infinity : Math.floor(Math.floor(memory) / need.memory),
      need.devices === 0 ? Infinity : Math.floor(devices.length / need.devices) * Math.floor(partsOfOne / need.share),
    )
    if (slots > 0) return slots
    throw new TrialistError({
      code: 'resources',
      message: 'this machine can never hold one trial',
      expected: `at most ${cpus} CPUs, ${memory} bytes of memory and ${devices.length} GPUs a trial`,
      received: `${request.cpus} CPUs, ${request.memory ?? 'any'} bytes, ${request.gpus} GPUs`,
    })
  }

  /** Takes what a trial needs, `times` over; undefined where that is not free now. */
  acquireTimes(request: Resources, times: number): readonly Allocation[] | undefined {
    const taken: Allocation[] = []
    while (taken.length < times) {
      const allocation = this.acquire(request)
      if (allocation === undefined) {
        for (const each of taken) this.release(request, each)
        return undefined
      }
      taken.push(allocation)
    }
    return taken
  }

  /** Takes what a trial needs; undefined where that is not free now. */
  acquire(request: Resources): Allocation | undefined {
    const need = needOf(request)
    if (this.#cpus < need.cpus || this.#memory < need.memory) return undefined
    const free = [...this.#gpus].filter(([, left]) => left >= need.share)
    if (free.length < need.devices) return undefined
    const gpus = free.slice(0, need.devices).map(([id]) => id)
    this.#take(need, gpus, 1)
    return { gpus }
  }

  /** Gives back what `acquire` answered for the same request. */
  release(request: Resources, { gpus }: Allocation): void {
    this.#take(needOf(request), gpus, -1)
  }

  #take({ cpus, memory, share }: Need, gpus: readonly string[], sign: 1 | -1): void {
    this.#cpus -= sign * cpus
    this.#memory -= sign * memory
    for (const id of gpus) this.#gpus.set(id, this.#gpus.get(id)! - sign * share)
  }
}

/** A request in whole numbers. */
interface Need {
  readonly cpus: number
  readonly memory: number
  readonly devices: number
  /** Of each of its devices. */
  readonly share: number
}

function needOf({ cpus, memory, gpus }: Resources): Need {
  return {
    cpus: parts(cpus),
    memory: memory === undefined ? 0 : Math.max(1, Math.floor(memory)),
    devices: Math.ceil(gpus),
    share: parts(Math.min(gpus, 1)),
  }
}

/** Rounded down, so that three thirds fit into one. */
function parts(number: number): number {
  return Math.max(1, Math.floor(number * partsOfOne))
}

/** What this machine has; its GPUs are looked up only where asked for, as that takes a while. */
export function detectMachine({ gpus }: { readonly gpus: boolean }): MachineParts {
  return { cpus: availableParallelism(), memory: memoryLimit(), gpus: gpus ? detectGpus() : [] }
}

/** The limit of the engine's control group, where there is one below the machine's memory. */
function memoryLimit(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** How CUDA names a device: by number, or by what begins its UUID. */
const device = /^(\d+|(GPU|MIG)-.+)$/

/** Those that a preset CUDA_VISIBLE_DEVICES leaves, else all that the driver lists. */
function detectGpus(): readonly string[] {
  const preset = process.env['CUDA_VISIBLE_DEVICES']
  if (preset === undefined) return listedGpus()
  const ids = preset.split(',').map((id) => id.trim())
  // As CUDA reads it: what is no device, such as -1 or NoDevFiles, ends the list.
  const end = ids.findIndex((id) => !device.test(id))
  return end < 0 ? ids : ids.slice(0, end)
}

/** None where there is no driver. */
function listedGpus(): readonly string[] {
  let listed: string
  try {
    listed = execFileSync('nvidia-smi', ['--query-gpu=index', '--format=csv,noheader'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return []
  }
  return listed
    .split('\n')
    .map((id) => id.trim())
    .filter((id) => device.test(id))
}
