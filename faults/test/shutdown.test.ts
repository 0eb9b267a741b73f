import { shutdown } from '../scenarios/shutdown.ts'
import { runScenario } from './run.ts'

runScenario(shutdown, { stops: 2, 'requests taken in': 50 })
