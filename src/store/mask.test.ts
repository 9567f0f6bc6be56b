import assert from 'node:assert/strict'
import { test } from 'node:test'

import { maskCommand, maskVariable } from './mask.ts'

test('secrets of a command line are masked, however they are written', () => {
  const cases: [words: string[], masked: string][] = [
    [['--token=abc=d', '--api-key', 'K', '--lr', '0.1'], '--token=*** --api-key *** --lr 0.1'],
    [['-e', 'HF_TOKEN=abc def', '--env=A=1,DB_PASSWORD=x;B=2'], '-e HF_TOKEN=*** --env=A=1,DB_PASSWORD=***;B=2'],
    [['-H', 'Authorization: Bearer abc.def'], '-H Authorization: *** ***'],
    [['-H', 'X-Proxy: Basic Zm9v'], '-H X-Proxy: Basic ***'],
    [['--json', '{"api_key":"a b","n":3}'], '--json {"api_key":***,"n":3}'],
    [['postgres://user:pass@host:5432/db'], 'postgres://***@host:5432/db'],
    [['https://host/x?access_token=abc&lr=3'], 'https://host/x?access_token=***&lr=3'],
    [['hf_abcdefghijkl', 'key:sk-proj-0123456789'], '*** key:***'],
  ]
  for (const [words, masked] of cases) assert.equal(maskCommand(words), masked)
})

test('what is no secret is recorded as it is', () => {
  const words =
    'node train.ts --tokenizer bert --max-tokens=512 --author me --lr 1e-3 http://host:80/a a:b C:\\token.txt'
  assert.equal(maskCommand(words.split(' ')), words)
  assert.equal(maskCommand(['--password', '-x']), '--password -x')
})

test('environment variables are masked by name and by value', () => {
  assert.equal(maskVariable('WANDB_API_KEY', 'abc'), '***')
  assert.equal(maskVariable('CUDA_VISIBLE_DEVICES', '0,1'), '0,1')
  assert.equal(maskVariable('DATABASE_URL', 'mysql://u:p@host/db'), 'mysql://***@host/db')
  assert.equal(maskVariable('UNSET_TOKEN', undefined), null)
})
