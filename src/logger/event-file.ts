/**
 * TensorBoard's event files: records of TFRecord (length, masked CRC-32C of it, data, masked CRC-32C of that), each a
 * `tensorflow.Event` in the wire format of protocol buffers. Field numbers: tensorflow/core/util/event.proto,
 * tensorflow/core/framework/summary.proto, tensorboard/plugins/hparams/plugin_data.proto.
 */
import type { Scalar } from './trial-folder.ts'

/** The first record of a file. */
export function fileVersion(wallSeconds: number): Buffer {
  return record(event(wallSeconds, 0, text(3, 'brain.Event:2')))
}

/** Events of this step or later that the run has by now count no longer. */
export function sessionStart(wallSeconds: number, step: number): Buffer {
  return record(event(wallSeconds, step, bytes(7, varint(1, 1))))
}

/** The scalars of one step. */
export function scalars(wallSeconds: number, step: number, values: Readonly<Record<string, number>>): Buffer {
  const summary = Object.entries(values).map(([tag, value]) => bytes(1, [...text(1, tag), ...float(2, value)]))
  return record(event(wallSeconds, step, bytes(5, summary.flat())))
}

/** A run's hyperparameters, for the HParams plugin. */
export function hparams(wallSeconds: number, group: string, values: Readonly<Record<string, Scalar>>): Buffer {
  const map = Object.entries(values).map(([name, value]) => bytes(1, [...text(1, name), ...bytes(2, valueOf(value))]))
  const start = [...map.flat(), ...text(4, group), ...double(5, wallSeconds)]
  return hparamsRecord(wallSeconds, '_hparams_/session_start_info', [...varint(1, 0), ...bytes(3, start)])
}

/** How a run ended. */
export function sessionEnd(wallSeconds: number, isFailure: boolean): Buffer {
  const end = [...varint(1, isFailure ? 2 : 1), ...double(2, wallSeconds)]
  return hparamsRecord(wallSeconds, '_hparams_/session_end_info', [...varint(1, 0), ...bytes(4, end)])
}

function hparamsRecord(wallSeconds: number, tag: string, content: readonly number[]): Buffer {
  const plugin = [...text(1, 'hparams'), ...bytes(2, content)]
  // A tensor of float32 without elements stands for the value that a summary must have.
  const tensor = [...varint(1, 1), ...bytes(2, bytes(2, varint(1, 0)))]
  const value = [...text(1, tag), ...bytes(8, tensor), ...bytes(9, bytes(1, plugin))]
  return record(event(wallSeconds, 0, bytes(5, bytes(1, value))))
}

/** A `google.protobuf.Value`. */
function valueOf(value: Scalar): readonly number[] {
  if (typeof value === 'number') return double(2, value)
  return typeof value === 'string' ? text(3, value) : varint(4, value ? 1 : 0)
}

function event(wallSeconds: number, step: number, what: readonly number[]): readonly number[] {
  return [...double(1, wallSeconds), ...varint(2, Math.round(step)), ...what]
}

function record(data: readonly number[]): Buffer {
  const framed = Buffer.alloc(data.length + 16)
  framed.writeBigUInt64LE(BigInt(data.length), 0)
  framed.writeUInt32LE(maskedCrc(framed.subarray(0, 8)), 8)
  framed.set(data, 12)
  framed.writeUInt32LE(maskedCrc(framed.subarray(12, 12 + data.length)), 12 + data.length)
  return framed
}

function varint(field: number, value: number): number[] {
  return [field << 3, ...varintBytes(value)]
}

function varintBytes(value: number): number[] {
  const found: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest >= 128n) {
    found.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  found.push(Number(rest))
  return found
}

function bytes(field: number, content: readonly number[]): number[] {
  return [(field << 3) | 2, ...varintBytes(content.length), ...content]
}

function text(field: number, content: string): number[] {
  return bytes(field, [...Buffer.from(content)])
}

function double(field: number, value: number): number[] {
  const content = Buffer.alloc(8)
  content.writeDoubleLE(value)
  return [(field << 3) | 1, ...content]
}

function float(field: number, value: number): number[] {
  const content = Buffer.alloc(4)
  content.writeFloatLE(value)
  return [(field << 3) | 5, ...content]
}

/** CRC-32C (Castagnoli), by table. */
const table = Uint32Array.from({ length: 256 }, (_, i) => {
  let crc = i
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc >>> 0
})

function maskedCrc(data: Uint8Array): number {
  let crc = 0xffffffff
  for (let i = 0; i < data.length; i++) crc = table[(crc ^ data[i]!) & 0xff]! ^ (crc >>> 8)
  crc = (crc ^ 0xffffffff) >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
