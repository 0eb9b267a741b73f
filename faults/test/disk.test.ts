import { disk } from '../scenarios/disk.ts'
import { runScenario } from './run.ts'

runScenario(disk, { faults: 2, backups: 1, feedback: 5 })
