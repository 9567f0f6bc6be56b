import { ConstantNode, ObjectNode } from './node.ts'
import type { Node } from './node.ts'
import { invalidSpace } from './parameter.ts'
import type { Option } from './parameter.ts'

/** Refuses options of which a configuration could be any of two: the configuration alone must say which was chosen. */
export function checkDistinguishable(what: string, nodes: readonly Node[], options: readonly Option[]): void {
  for (let i = 0; i < nodes.length; i++) {
    for (let j = 0; j < i; j++) {
      if (differ(nodes[i]!, nodes[j]!)) continue
      throw invalidSpace(
        what,
        'options that a configuration tells apart',
        `alike options ${options[j]!.label} and ${options[i]!.label}`,
        "Give each a property with a different constant, such as type: 'a' and type: 'b'.",
      )
    }
  }
}

/** Whether no configuration can be of both nodes, as far as names and constants show. */
function differ(a: Node, b: Node): boolean {
  if (a instanceof ObjectNode && b instanceof ObjectNode) return differInField(a, b) || differInField(b, a)
  if (a instanceof ConstantNode) return !b.accepts(a.value)
  return b instanceof ConstantNode && !a.accepts(b.value)
}

function differInField(a: ObjectNode, b: ObjectNode): boolean {
  return a.fields.some(({ key, node, conditions }) => {
    if (conditions.length > 0) return false
    const other = b.fields.find((field) => field.key === key)
    return other === undefined || (other.conditions.length === 0 && differ(node, other.node))
  })
}
