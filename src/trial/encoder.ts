import { JsonWriter } from '../base/json-writer.ts'
import type { LogValue } from '../space/encoded.ts'
import { jsonNumber } from './codec.ts'
import type { Decided, Ended, Event, Launched, Reported, Suggested, Why } from './event.ts'

/** Events as the log keeps them, one commit after the other: each a JSON array of what `encodeEvent` answers. */
export class BatchEncoder {
  readonly #json = new JsonWriter()
  #count = 0

  /** Events since the last `take`. */
  get count(): number {
    return this.#count
  }

  add(event: Event): void {
    this.#json.raw(this.#count === 0 ? '[' : ',')
    this.#count += 1
    writeEvent(event, this.#json)
  }

  /** The text of the events added so far; the next commit begins. */
  take(): string {
    this.#json.raw(this.#count === 0 ? '[]' : ']')
    this.#count = 0
    return this.#json.take()
  }
}

/** All events of one commit. */
export function encodeBatch(events: readonly Event[]): string {
  const encoder = new BatchEncoder()
  for (const event of events) encoder.add(event)
  return encoder.take()
}

/**
 * An event as the log keeps it: a positional JSON tuple, the first entry naming the kind. JSON has no NaN and no infinities: they
 * are the strings "NaN", "Infinity" and "-Infinity". Fields are only added at the end within a version.
 */
export function encodeEvent(event: Event): string {
  const json = new JsonWriter()
  writeEvent(event, json)
  return json.take()
}

function writeEvent(event: Event, json: JsonWriter): void {
  switch (event.type) {
    case 'time':
      json.raw('["t",')
      json.number(event.now)
      return json.raw(']')
    case 'suggested':
      return writeSuggested(event, json)
    case 'launched':
      return writeLaunched(event, json)
    case 'reported':
      return writeReported(event, json)
    case 'ended':
      return writeEnded(event, json)
    case 'decided':
      return writeDecided(event, json)
    case 'late':
      writeHead('["z",', event.trial, event.attempt, json)
      return json.raw(']')
    case 'forgotten':
      return json.json(['g', event.trial, event.checkpoint])
    case 'reopened':
      return json.json(event.afresh ? ['f', event.trial, 1] : ['f', event.trial])
    case 'exhausted':
      return json.json(['x', event.why])
    case 'stalled':
      return json.raw('["w"]')
    case 'halted':
      return json.json(['h', event.by, event.why])
    case 'changed':
      return json.json(['b', event.budget])
    case 'opened':
      return json.json(['o', { version: event.version, experiment: event.experiment }])
  }
}

function writeHead(kind: string, trial: number, second: number, json: JsonWriter): void {
  json.raw(kind)
  json.number(trial)
  json.raw(',')
  json.number(second)
}

function writeSuggested({ trial, asOf, values, why }: Suggested, json: JsonWriter): void {
  writeHead('["s",', trial, asOf, json)
  json.raw(',[')
  for (let i = 0; i < values.length; i++) {
    if (i > 0) json.raw(',')
    const value = values[i]
    if (typeof value === 'number' && Number.isFinite(value)) json.number(value)
    else json.json(value)
  }
  json.raw('],')
  writeWhy(why, json)
  json.raw(']')
}

function writeWhy(why: Why, json: JsonWriter): void {
  for (const key in why) if (key !== 'by') return writeRecord(why, json)
  json.string(why.by)
}

function writeLaunched({ trial, attempt, from, values, slots }: Launched, json: JsonWriter): void {
  writeHead('["l",', trial, attempt, json)
  if (from !== undefined || slots !== undefined) {
    json.raw(',')
    json.json(from?.checkpoint ?? null)
    json.raw(',')
    json.number(from?.step ?? 0)
    if (from?.trial !== undefined || values !== undefined || slots !== undefined) {
      json.raw(',')
      json.json(from?.trial ?? null)
      json.raw(',')
      json.json(values ?? null)
    }
    if (slots !== undefined) json.raw(`,${slots}`)
  }
  json.raw(']')
}

function writeReported(event: Reported, json: JsonWriter): void {
  const { trial, attempt, step, values, others, judged, checkpoint } = event
  writeHead('["r",', trial, attempt, json)
  json.raw(',')
  json.number(step)
  json.raw(',')
  if (values.length === 1) writeNumber(values[0]!, json)
  else writeNumbers(values, json)
  if (!judged || others !== undefined || checkpoint !== undefined) {
    json.raw(judged ? ',1' : ',0')
    writeExtras(others, checkpoint, json)
  }
  json.raw(']')
}

function writeExtras(others: Reported['others'], checkpoint: string | undefined, json: JsonWriter): void {
  if (others !== undefined) {
    json.raw(',')
    writeRecord(others, json)
  } else if (checkpoint !== undefined) json.raw(',null')
  if (checkpoint === undefined) return
  json.raw(',')
  json.string(checkpoint)
}

function writeEnded({ trial, attempt, outcome, state, failure }: Ended, json: JsonWriter): void {
  writeHead('["e",', trial, attempt, json)
  json.raw(',')
  json.string(outcome)
  if (state !== outcome || failure !== undefined) {
    json.raw(',')
    json.string(state)
  }
  if (failure !== undefined) {
    json.raw(',')
    json.json(failure)
  }
  json.raw(']')
}

function writeDecided({ trial, attempt, action, by, why, exploit }: Decided, json: JsonWriter): void {
  writeHead('["d",', trial, attempt, json)
  json.raw(',')
  json.string(action)
  json.raw(',')
  json.string(by)
  json.raw(',')
  writeRecord(why, json)
  if (exploit !== undefined) {
    json.raw(',')
    const { trial: from, checkpoint, step, values, slots } = exploit
    json.json([from, checkpoint, step, values, ...(slots === undefined ? [] : [slots])])
  }
  json.raw(']')
}

function writeRecord(record: Readonly<Record<string, LogValue>>, json: JsonWriter): void {
  let opening = '{'
  for (const key in record) {
    const value = record[key]
    if (value === undefined) continue
    json.raw(opening)
    opening = ','
    json.string(key)
    json.raw(':')
    if (typeof value === 'number') writeNumber(value, json)
    else if (typeof value === 'string') json.string(value)
    else json.raw(JSON.stringify(value, jsonNumber))
  }
  json.raw(opening === '{' ? '{}' : '}')
}

function writeNumbers(values: readonly number[], json: JsonWriter): void {
  json.raw('[')
  for (let i = 0; i < values.length; i++) {
    if (i > 0) json.raw(',')
    writeNumber(values[i]!, json)
  }
  json.raw(']')
}

function writeNumber(value: number, json: JsonWriter): void {
  if (Number.isFinite(value)) json.number(value)
  else json.raw(`"${value}"`)
}
