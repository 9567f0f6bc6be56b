import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compileSpace, spaceFromJSON, spaceToJSON } from '../../src/space/index.ts'
import { compile } from './tsc.ts'

const page = readFileSync(new URL('../../docs/space.md', import.meta.url), 'utf8')

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1]!)
}

test('the TypeScript of docs/space.md compiles', () => {
  const examples = blocks('ts').map(
    (text, i) => [`example-${i}.ts`, text.replaceAll("'trialist'", "'./all.ts'")] as const,
  )
  assert.ok(examples.length >= 5)
  const all = "export * from 'space'\nexport { Tuner } from 'tuner'\n"
  assert.equal(compile({ 'all.ts': all, ...Object.fromEntries(examples) }), '')
})

test('the JSON of docs/space.md is a space', () => {
  const [text, ...others] = blocks('json')
  assert.equal(others.length, 0)
  const json: unknown = JSON.parse(text!)
  const space = spaceFromJSON(json)
  assert.deepEqual(JSON.parse(JSON.stringify(spaceToJSON(space))), json)
  compileSpace(space)
})
