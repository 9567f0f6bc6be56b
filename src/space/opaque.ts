/**
 * A value that this process cannot make, such as a Python class in a space that came as JSON: `opaque` identifies it
 * where it was defined, `label` stands for it in the log and in messages. It travels in configurations as it is.
 */
export class Opaque {
  readonly opaque: string
  readonly label: string

  constructor(opaque: string, label: string) {
    this.opaque = opaque
    this.label = label
    Object.freeze(this)
  }
}
