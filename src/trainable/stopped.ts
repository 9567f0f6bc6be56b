/** What `report` rejects with when its trial is to end. Not a failure: let it through. */
export class TrialStopped extends Error {
  override readonly name = 'TrialStopped'

  constructor() {
    super('This trial was stopped. Let this error pass: it is how a trial ends early.')
  }
}
