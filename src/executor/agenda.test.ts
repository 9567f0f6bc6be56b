import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { Agenda, planned } from './agenda.ts'

test('tasks come by their time, and those of one instant by their number, however they were planned', () => {
  const random = stream(5, purpose.simulate)
  const agenda = new Agenda()
  const left: { time: number; order: number }[] = []
  const ran: { time: number; order: number }[] = []
  for (let order = 0; order < 5_000; order++) {
    const at = { time: random.below(40), order: (order * 7_919) % 5_000 }
    left.push(at)
    agenda.add(
      at.time,
      at.order,
      planned(() => ran.push(at)),
    )
    if (random.float() < 0.8) continue
    left.sort((a, b) => a.time - b.time || a.order - b.order)
    assert.equal(agenda.next, left[0]!.time)
    agenda.take()!.run()
    assert.equal(ran.at(-1), left.shift())
  }
  ran.length = 0
  while (agenda.size > 0) agenda.take()!.run()
  assert.deepEqual(
    ran,
    left.sort((a, b) => a.time - b.time || a.order - b.order),
  )
  assert.equal(agenda.next, Infinity)
  assert.equal(agenda.take(), undefined)
})
