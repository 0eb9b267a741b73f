import { peopleCommands } from './commands/people.js'
import { serverCommands } from './commands/server.js'
import { simulationCommands } from './commands/simulations.js'

/** All commands by name, in the order in which the help tells them. @type {Record<string, import('./command.js').Command>} */
export const commands = { ...serverCommands, ...peopleCommands, ...simulationCommands }
