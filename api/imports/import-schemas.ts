/** What is answered to a list, line by line, whatever the list is of. */
import { Type, type Static } from 'typebox'

import { closedObject, CounterNumber, nullable, unionComponent } from '../schema-parts.ts'

const ImportedLine = closedObject({
  line: CounterNumber,
  outcome: Type.Enum(['created', 'unchanged', 'valid', 'refused'], {
    description: 'unchanged: taken before with the same content; valid: would be created (dry run)',
  }),
  id: nullable(Type.String({ description: 'Of what the line made or found; of a device also in a dry run' })),
  secret: nullable(Type.String({ description: "A new device's MQTT password; shown this once" })),
  code: nullable(Type.String()),
  detail: nullable(Type.String()),
})
const ImportDone = closedObject({
  outcome: Type.Literal('done'),
  isDryRun: Type.Boolean(),
  created: CounterNumber,
  unchanged: CounterNumber,
  valid: CounterNumber,
  refused: CounterNumber,
})
const ImportStopped = closedObject({
  outcome: Type.Literal('stopped'),
  line: Type.Integer({ minimum: 0, description: 'From here on nothing is taken; 0 if not known' }),
  code: Type.String(),
  detail: Type.String(),
})
export const ImportLineComponent = unionComponent('ImportLine', [ImportedLine, ImportDone, ImportStopped])
export type ImportAnswerLine = Static<typeof ImportLineComponent.schema>

export const importComponents = [ImportLineComponent]
